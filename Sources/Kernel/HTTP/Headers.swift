/// Header fields in the order in which they were received or added; names compare without case (RFC 9110 section 5).
public struct Headers: Sendable, Hashable {
    public struct Field: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var fields: [Field]

    public init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields.map { Field(name: $0.name, value: $0.value) }
    }

    public var isEmpty: Bool { fields.isEmpty }

    /// The first value of the field called `name`, or nil.
    public subscript(name: String) -> String? {
        fields.first { Self.equal($0.name, name) }?.value
    }

    /// Every value of the field called `name`, in order.
    public func values(of name: String) -> [String] {
        fields.lazy.filter { Self.equal($0.name, name) }.map(\.value)
    }

    /// Adds a field after the others. The value must not come from a client unchecked: CR and LF are replaced by
    /// spaces so that no value can open a line of its own.
    public mutating func add(_ name: String, _ value: String) {
        let clean = value.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 }
        fields.append(Field(name: name, value: clean ? Self.onOneLine(value) : value))
    }

    private static func onOneLine(_ value: String) -> String {
        String(decoding: value.utf8.map { $0 == 13 || $0 == 10 || $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    /// Compares two names as RFC 9110 wants: ASCII letters without case.
    static func equal(_ a: String, _ b: String) -> Bool {
        let (a, b) = (a.utf8, b.utf8)
        guard a.count == b.count else { return false }
        return zip(a, b).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 | 0x20 && (0x61...0x7a).contains($0 | 0x20)) }
    }
}
