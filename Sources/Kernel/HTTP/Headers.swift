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

    private enum Storage: Sendable {
        case fields([Field])
        /// The head of a request as it was received and validated; fields are decoded when they are asked for.
        case received(ReceivedHead)
    }

    private var storage: Storage
    /// The names of fields whose values had line breaks; made when there is one.
    private(set) var bent: [String] = []

    public init(_ fields: [(name: String, value: String)] = []) {
        storage = .fields([])
        storage = .fields(fields.map { Field(name: $0.name, value: onOneLine($0.value, of: $0.name)) })
    }

    init(_ head: ReceivedHead) {
        storage = .received(head)
    }

    public var fields: [Field] {
        switch storage {
        case .fields(let fields): fields
        case .received(let head): head.fields
        }
    }

    /// The target of the request that they were received with, as it was written; nil for others.
    var receivedTarget: ArraySlice<UInt8>? {
        guard case .received(let head) = storage else { return nil }
        return head.bytes[Int(head.targetStart)..<Int(head.targetEnd)]
    }

    public var isEmpty: Bool {
        switch storage {
        case .fields(let fields): fields.isEmpty
        case .received(let head): head.fields.isEmpty
        }
    }

    /// Whether it is worth looking for one of the fields: false only where they are known not to be there.
    func mayHave(_ field: HeldFields) -> Bool {
        switch storage {
        case .fields(let fields): !fields.isEmpty
        case .received(let head): !head.held.isDisjoint(with: field)
        }
    }

    /// The first value of the field called `name`, or nil.
    public subscript(name: String) -> String? {
        switch storage {
        case .fields(let fields): fields.first { Self.equal($0.name, name) }?.value
        case .received(let head): head.firstValue(of: name)
        }
    }

    /// Every value of the field called `name`, in order.
    public func values(of name: String) -> [String] {
        fields.lazy.filter { Self.equal($0.name, name) }.map(\.value)
    }

    /// Adds a field after the others. CR, LF and NUL in the value are replaced by spaces so that no value can open a
    /// line of its own.
    public mutating func add(_ name: String, _ value: String) {
        var fields = fields
        storage = .fields([])
        fields.append(Field(name: name, value: onOneLine(value, of: name)))
        storage = .fields(fields)
    }

    public static func == (a: Self, b: Self) -> Bool { a.fields == b.fields }

    public func hash(into hasher: inout Hasher) { hasher.combine(fields) }

    private mutating func onOneLine(_ value: String, of name: String) -> String {
        guard value.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) else { return value }
        bent.append(name)
        let bytes = value.utf8.map { $0 == 13 || $0 == 10 || $0 == 0 ? UInt8(ascii: " ") : $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Compares two names as RFC 9110 wants: ASCII letters without case.
    static func equal(_ a: String, _ b: String) -> Bool {
        let (a, b) = (a.utf8, b.utf8)
        guard a.count == b.count else { return false }
        return zip(a, b).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 | 0x20 && (0x61...0x7a).contains($0 | 0x20)) }
    }
}
