/// A JSON value (RFC 8259). Objects keep the order of their members.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number that is no 64-bit integer; always finite.
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// The members of a JSON object in order, each name once.
public struct JSONObject: Sendable, Hashable {
    public struct Member: Sendable {
        public let name: String
        public var value: JSON
    }

    public private(set) var members: [Member]

    public init() {
        members = []
    }

    init(unique members: [Member]) {
        self.members = members
    }

    /// The value of a member; setting nil removes it, setting a new name adds it at the end.
    public subscript(name: String) -> JSON? {
        get { members.first { $0.name.isExactly(name) }?.value }
        set {
            let index = members.firstIndex { $0.name.isExactly(name) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// Members whose value is nil are left out. A repeated name keeps the last value.
    public init(dictionaryLiteral elements: (String, JSON?)...) {
        var object = JSONObject()
        for (name, value) in elements where value != nil { object[name] = value }
        self = .object(object)
    }
}

extension JSON {
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of an object; nil for other kinds of value.
    public subscript(name: String) -> JSON? { object?[name] }
}
