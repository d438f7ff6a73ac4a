extension JSONSchema {
    /// A format of strings, documented by its name (JSON Schema's `format`) and checked.
    public struct Format: Sendable, Hashable {
        /// nil for one that the description does not name.
        public let name: String?
        /// What a string of it is, for messages: "must be …".
        let words: String
        let matches: @Sendable (String) -> Bool

        /// - Parameters:
        ///   - words: what a string of it is: "must be …".
        ///   - matches: whether a string is one.
        public init(_ name: String?, _ words: String, matches: @escaping @Sendable (String) -> Bool) {
            self.name = name
            self.words = words
            self.matches = matches
        }

        public static func == (a: Self, b: Self) -> Bool { a.name == b.name && a.words == b.words }
        public func hash(into hasher: inout Hasher) { hasher.combine(words) }
    }
}

extension JSONSchema.Format {
    /// An instant (RFC 3339) that says its offset.
    public static let timestamp = Self(
        "date-time", "an instant with an offset, such as 2026-01-31T08:00:00Z or 2026-01-31T09:00:00+01:00"
    ) { text in
        let hasOffset =
            text.utf8.last.map { $0 | 0x20 } == UInt8(ascii: "z")
            || text.utf8.dropLast(5).last.map { "+-".utf8.contains($0) } == true
        return hasOffset && Timestamp(text) != nil
    }

    /// A UUID (RFC 9562 section 4), of any version and in either case.
    public static let uuid = Self("uuid", "a UUID, such as 5d6a9f6e-3f0b-4c0a-9f4e-0d6c3b2a1f00") { text in
        let bytes = Array(text.utf8)
        return bytes.count == 36
            && bytes.enumerated().allSatisfy { index, byte in
                [8, 13, 18, 23].contains(index) ? byte == UInt8(ascii: "-") : UInt8.isHexadecimalDigit(byte)
            }
    }

    /// A day of the calendar (RFC 3339's full-date).
    public static let date = Self("date", "a date, such as 2026-01-31") { text in
        text.utf8.count == 10 && Timestamp("\(text)T00:00:00Z") != nil
    }
}

extension UInt8 {
    fileprivate static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
