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
        let bytes = Array(text.utf8)
        guard bytes.count == Self.length, bytes[Self.sequenceDigits] == UInt8(ascii: "-"),
            bytes[..<Self.sequenceDigits].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let sequence = UInt64(String(decoding: bytes[..<Self.sequenceDigits], as: UTF8.self)),
            let tag = UInt64(String(decoding: bytes[(Self.sequenceDigits + 1)...], as: UTF8.self), radix: 16)
        else { return nil }
        self.init(sequence: sequence, tag: tag)
        // Signs and capital letters, which no cursor has.
        guard description.isExactly(text) else { return nil }
    }

    var description: String { "\(Self.text(of: sequence))-\(Self.padded(String(tag, radix: 16), to: Self.tagDigits))" }

    /// The number with 20 digits, so that the order of texts is that of numbers.
    static func text(of sequence: UInt64) -> String { padded(String(sequence), to: sequenceDigits) }

    private static func padded(_ digits: String, to count: Int) -> String {
        String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }
}
