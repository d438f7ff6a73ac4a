import Kernel

/// Brings the texts that other programs have written for instants into the one form that this service serves:
/// `2026-11-24T07:00:00.000000Z`.
enum InstantText {
    /// The length of that form.
    private static let canonicalCount = 27

    /// The instant in its one form, or nil if `text` has it already or is no instant at all. A text that names no
    /// offset is taken as UTC. Digits beyond microseconds are cut off.
    static func canonical(_ text: UnsafeRawBufferPointer) -> String? {
        if text.count == canonicalCount, text[canonicalCount - 1] == UInt8(ascii: "Z"), text[10] == UInt8(ascii: "T") {
            return nil
        }
        return Parser(text).instant()?.description
    }

    /// Reads ISO 8601 in its extended form: a date, and with it a time, a fraction and an offset.
    private struct Parser {
        private let text: UnsafeRawBufferPointer
        private var offset = 0

        init(_ text: UnsafeRawBufferPointer) {
            self.text = text
        }

        func instant() -> Timestamp? {
            var parser = self
            return parser.read()
        }

        private mutating func read() -> Timestamp? {
            guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
                (1...12).contains(month), (1...31).contains(day)
            else { return nil }
            var microseconds = CivilDate.daysSinceEpoch(year, month, day) * 86_400_000_000
            if offset == text.count { return Timestamp(microseconds: microseconds) }
            guard take("T") || take(" "), let hour = number(2), take(":"), let minute = number(2), hour < 24,
                minute < 60
            else { return nil }
            microseconds += (hour * 3600 + minute * 60) * 1_000_000
            if take(":") {
                guard let second = number(2), second < 61 else { return nil }
                microseconds += second * 1_000_000
                if take(".") || take(",") {
                    guard let fraction = fraction() else { return nil }
                    microseconds += fraction
                }
            }
            guard let zone = zone() else { return nil }
            return Timestamp(microseconds: microseconds - zone * 60_000_000)
        }

        /// The offset from UTC in minutes.
        private mutating func zone() -> Int64? {
            if offset == text.count { return 0 }
            if take("Z") || take("z") { return offset == text.count ? 0 : nil }
            let sign: Int64 = take("-") ? -1 : 1
            guard sign == -1 || take("+"), let hours = number(2) else { return nil }
            _ = take(":")
            let minutes = offset == text.count ? 0 : number(2)
            guard let minutes, offset == text.count, hours < 24, minutes < 60 else { return nil }
            return sign * (hours * 60 + minutes)
        }

        private mutating func fraction() -> Int64? {
            var microseconds: Int64 = 0
            var unit: Int64 = 100_000
            let start = offset
            while offset < text.count, let digit = digit(text[offset]) {
                microseconds += digit * unit
                unit /= 10
                offset += 1
            }
            return offset > start ? microseconds : nil
        }

        private mutating func number(_ digits: Int) -> Int64? {
            guard offset + digits <= text.count else { return nil }
            var number: Int64 = 0
            for byte in text[offset..<(offset + digits)] {
                guard let digit = digit(byte) else { return nil }
                number = number * 10 + digit
            }
            offset += digits
            return number
        }

        private func digit(_ byte: UInt8) -> Int64? {
            byte >= 0x30 && byte <= 0x39 ? Int64(byte - 0x30) : nil
        }

        private mutating func take(_ character: Character) -> Bool {
            guard offset < text.count, text[offset] == character.asciiValue else { return false }
            offset += 1
            return true
        }
    }
}

extension InstantText {
    /// With what the text of an instant begins; other texts are none.
    static let firstDigits = UInt8(ascii: "0")...UInt8(ascii: "9")

    static func canonical(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { canonical(UnsafeRawBufferPointer($0)) }
    }
}
