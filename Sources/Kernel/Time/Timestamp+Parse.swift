extension Timestamp {
    /// Reads an instant as RFC 3339 writes it, with up to nine digits of a second's fraction of which six count. A text
    /// without an offset, which older databases hold, is taken for UTC. Nil if it is no such text, if the calendar has
    /// no such day, or if the instant lies beyond the years 0 to 9999 in UTC.
    ///
    /// A leap second, which there is at the end of a day in UTC alone, is the first instant of the next day.
    public init?(_ text: String) {
        var text = text
        guard let instant = text.withUTF8({ Timestamp($0) }) else { return nil }
        self = instant
    }

    /// The same for the bytes of a text.
    public init?(_ text: UnsafeBufferPointer<UInt8>) {
        var reader = Digits(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.skip(":"),
            let second = reader.number(2), CivilDate.isValid(year, month, day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if reader.skip(".") {
            guard let digits = reader.fraction() else { return nil }
            fraction = digits
        }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        let days = CivilDate.daysSinceEpoch(year, month, day)
        guard CivilDate(daysSinceEpoch: days).day == day else { return nil }
        let minutes = days * 1440 + hour * 60 + minute - offset
        guard second < 60 || minutes.flooredQuotientAndRemainder(by: 1440).remainder == 1439 else { return nil }
        let microseconds = (minutes * 60 + second) * 1_000_000 + fraction
        guard Self.range.contains(microseconds) else { return nil }
        self.init(microseconds: microseconds)
    }

    /// Reads the parts of a timestamp from the front of a text.
    private struct Digits {
        private let text: UnsafeBufferPointer<UInt8>
        private var index = 0

        init(_ text: UnsafeBufferPointer<UInt8>) {
            self.text = text
        }

        var isAtEnd: Bool { index == text.count }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard !isAtEnd, text[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        mutating func number(_ digits: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<digits {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        /// Microseconds.
        mutating func fraction() -> Int64? {
            var value: Int64 = 0
            var count = 0
            while let digit = digit() {
                count += 1
                if count <= 6 { value = value * 10 + digit }
            }
            guard (1...9).contains(count) else { return nil }
            for _ in 0..<max(0, 6 - count) { value *= 10 }
            return value
        }

        /// Minutes east of UTC.
        mutating func offset() -> Int64? {
            if isAtEnd || skip("Z") || skip("z") { return 0 }
            let isEast = skip("+")
            guard isEast || skip("-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24,
                minutes < 60
            else { return nil }
            return (isEast ? 1 : -1) * (hours * 60 + minutes)
        }

        private mutating func digit() -> Int64? {
            guard !isAtEnd, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) else { return nil }
            defer { index += 1 }
            return Int64(text[index] - UInt8(ascii: "0"))
        }
    }
}
