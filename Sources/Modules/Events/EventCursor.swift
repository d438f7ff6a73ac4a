import Kernel

/// A place in the history of a register: the number of an event, and a tag of that very event, by which a register tells
/// that it was restored from a backup and has another history since. It is also the event's id. Opaque to clients:
/// `00000000000000000042-9f3a1c2b7d05`.
struct EventCursor: Sendable, Hashable, LosslessStringConvertible {
    let sequence: UInt64
    /// 48 random bits.
    let tag: UInt64

    /// Before the first event that there ever was.
    static let origin = EventCursor(sequence: 0, tag: 0)

    /// How long the text is.
    static let length = sequenceDigits + 1 + tagDigits
    private static let sequenceDigits = 20
    private static let tagDigits = 12

    init(sequence: UInt64, tag: UInt64) {
        self.sequence = sequence
        self.tag = tag
    }

    /// For a new event.
    init(sequence: UInt64) {
        self.init(sequence: sequence, tag: UInt64.random(in: 1..<1 << 48))
    }

    init?(_ text: String) {
        self.init(text.utf8)
    }

    /// - Returns: nil unless the bytes are just as `write` has them, without signs and capital letters.
    init?(_ bytes: some Swift.Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        var (sequence, tag): (UInt64, UInt64) = (0, 0)
        for (place, byte) in bytes.enumerated() {
            let digit = UInt64(byte &- UInt8(ascii: "0"))
            switch place {
            case ..<Self.sequenceDigits:
                let (high, isTooLarge) = sequence.multipliedReportingOverflow(by: 10)
                guard digit < 10, !isTooLarge, high <= .max - digit else { return nil }
                sequence = high + digit
            case Self.sequenceDigits:
                guard byte == UInt8(ascii: "-") else { return nil }
            default:
                guard let digit = Self.digits.firstIndex(of: byte) else { return nil }
                tag = tag << 4 | UInt64(digit)
            }
        }
        self.init(sequence: sequence, tag: tag)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text.
    func write(into bytes: inout [UInt8]) {
        writeSequence(into: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.write(tag, Self.tagDigits, 16, into: &bytes)
    }

    func writeSequence(into bytes: inout [UInt8]) { Self.write(sequence, Self.sequenceDigits, 10, into: &bytes) }

    /// The number with 20 digits, so that the order of texts is that of numbers.
    static func text(of sequence: UInt64) -> String {
        var bytes: [UInt8] = []
        write(sequence, sequenceDigits, 10, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ number: UInt64, _ count: Int, _ base: UInt64, into bytes: inout [UInt8]) {
        var rest = number
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: count))
        for place in (start..<start + count).reversed() where rest > 0 {
            bytes[place] = digits[Int(rest % base)]
            rest /= base
        }
    }
}
