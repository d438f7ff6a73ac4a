/// A shape of JSON and the Swift value that it stands for. The shape (`json`) checks what clients send and describes it;
/// the value is made of what has been checked, so that there is one place in which anything can be wrong.
public struct Schema<Value: Sendable>: Sendable {
    /// What is documented, and what what comes in is checked against.
    public let json: JSONSchema
    let decode: @Sendable (JSON) -> Value?
    private let encode: (@Sendable (Value) -> JSON)?

    /// - Parameters:
    ///   - json: the shape.
    ///   - read: makes the value out of JSON of that shape, for any such; nil for JSON of another one. What else must
    ///     hold of it belongs into the shape, so that it is told where it does not.
    ///   - write: makes the JSON; nil where values of this schema only come in.
    public init(
        _ json: JSONSchema, read: @escaping @Sendable (JSON) -> Value?, write: (@Sendable (Value) -> JSON)? = nil
    ) {
        self.json = json
        decode = read
        encode = write
    }

    /// Reads what a client sent.
    /// - Parameters:
    ///   - path: where it stands in the body: `items[1]`, or empty for the body itself.
    ///   - problems: everything that is wrong with it is added here.
    /// - Returns: the value, if `problems` has not grown. Otherwise perhaps a value of what of it is right, in which
    ///   optional properties that are wrong are missing.
    public func read(_ value: JSON, at path: String = "", problems: inout [FieldProblem]) -> Value? {
        let known = problems.count
        if let value = json.read(value, at: path, problems: &problems).flatMap(decode) { return value }
        if problems.count == known {
            problems.append(FieldProblem(path, "\(path.isEmpty ? "The body" : path) is not of the documented form"))
        }
        return nil
    }

    /// The value of JSON that need not be checked any more, such as a stored document's; nil if it is of another shape.
    public func value(of json: JSON) -> Value? { decode(json) }

    /// The value as JSON; nil if this schema has no key paths, by which to write its properties (`isWritable`).
    public func json(of value: Value) -> JSON? { encode?(value) }

    /// Whether values of it can be written.
    public var isWritable: Bool { encode != nil }
}

extension Schema where Value == String {
    /// - Parameter lengths: in characters (Unicode scalars).
    public static func string(
        lengths: ClosedRange<Int> = 0...JSONSchema.unlimited, pattern: JSONSchema.Pattern? = nil,
        format: JSONSchema.Format? = nil, _ summary: String? = nil, example: String? = nil
    ) -> Schema {
        Schema(
            .string(
                lengths: lengths, pattern: pattern, format: format, summary, example: example.map(JSON.string)))
    }

    /// An instant (RFC 3339) as the text that it is.
    public static var timestamp: Schema { Schema(.timestamp) }

    /// A UUID (RFC 9562) as the text that it is.
    public static var uuid: Schema { .string(format: .uuid) }

    /// A string of any shape.
    public init(_ json: JSONSchema) {
        self.init(json, read: \.string, write: JSON.string)
    }
}

extension Schema where Value == Timestamp {
    /// An instant (RFC 3339) with an offset; written in UTC.
    public static var timestamp: Schema {
        Schema(.timestamp, read: { $0.string.flatMap { Timestamp($0) } }, write: { .string($0.description) })
    }
}

extension Schema where Value == Int {
    /// - Parameter fromText: whether a client may also send the digits as a string.
    public static func integer(
        _ range: ClosedRange<Int> = .min ... .max, fromText: Bool = false, _ summary: String? = nil
    ) -> Schema {
        Schema(
            .integer(Int64(range.lowerBound)...Int64(range.upperBound), fromText: fromText, summary),
            read: { $0.wholeNumber.map { Int($0) } }, write: { .integer(Int64($0)) })
    }
}

extension Schema where Value == Bool {
    public static func boolean(_ summary: String? = nil) -> Schema {
        Schema(.boolean(summary), read: { if case .bool(let value) = $0 { value } else { nil } }, write: JSON.bool)
    }

    /// A truth value of clients that may also send it as 1 or 0 or as a word.
    public static func flag(_ summary: String? = nil) -> Schema {
        Schema(.flag(summary), read: { Bool(flag: $0) }, write: JSON.bool)
    }
}

extension Schema where Value: LosslessStringConvertible {
    /// A string that a Swift value is written as, such as a cursor.
    /// - Parameter words: what it is, for messages: "must be …".
    public static func text(lengths: ClosedRange<Int>, _ words: String) -> Schema {
        let format = JSONSchema.Format(nil, words) { Value($0) != nil }
        return Schema(
            .string(lengths: lengths, format: format), read: { $0.string.flatMap { Value($0) } },
            write: { .string($0.description) })
    }
}

extension Schema where Value: Vocabulary {
    /// One of the vocabulary's words.
    public static func choice(_ summary: String? = nil, example: Value? = nil) -> Schema {
        Schema(
            .choice(Value.allCases.map(\.rawValue), summary, example: example.map { .string($0.rawValue) }),
            read: { $0.string.flatMap { Value(rawValue: $0) } }, write: { .string($0.rawValue) })
    }
}

extension Schema where Value == JSON {
    /// JSON of a shape that no Swift value stands for.
    public init(_ json: JSONSchema) {
        self.init(json, read: { $0 }, write: { $0 })
    }

    /// Anything; checked elsewhere.
    public static func any(_ summary: String? = nil) -> Schema { Schema(.any(summary)) }
}

extension Schema {
    public static func array<Element: Sendable>(
        of element: Schema<Element>, maximum: Int? = nil, _ summary: String? = nil, example: JSON? = nil
    ) -> Schema where Value == [Element] {
        var write: (@Sendable ([Element]) -> JSON)?
        if let encode = element.encode { write = { .array($0.map(encode)) } }
        return Schema(
            .array(of: element.json, maximum: maximum, summary, example: example),
            read: { json in
                guard let elements = json.array else { return nil }
                let values = elements.compactMap(element.decode)
                return values.count == elements.count ? values : nil
            }, write: write)
    }

    /// The value or null, both of which say something.
    public static func nullable<Wrapped: Sendable>(_ schema: Schema<Wrapped>) -> Schema where Value == Wrapped? {
        var write: (@Sendable (Wrapped?) -> JSON)?
        if let encode = schema.encode { write = { $0.map(encode) ?? .null } }
        return Schema(
            .nullable(schema.json),
            read: { json in json == .null ? .some(.none) : schema.decode(json).map(Optional.some) }, write: write)
    }

    /// An object, with the function that makes the value of its properties, in their order. With key paths
    /// (`.required("noteId", \.noteId, .uuid)`) values can also be written.
    public static func object<each T: Sendable>(
        _ name: String? = nil, _ property: repeat Property<Value, each T>, summary: String? = nil,
        example: JSON? = nil, as make: @escaping @Sendable (repeat each T) -> Value
    ) -> Schema {
        let properties = (repeat each property)
        var described: [JSONSchema.Property] = []
        var members: [@Sendable (Value) -> JSONObject.Member?] = []
        for property in repeat each property {
            described.append(property.json)
            if let member = property.member { members.append(member) }
        }
        let write: @Sendable (Value) -> JSON = { [members] value in
            .object(JSONObject(unique: members.compactMap { $0(value) }))
        }
        return Schema(
            .object(name, described, summary, example: example),
            read: { json in try? make(repeat Missing.unwrap((each properties).value(in: json))) },
            write: members.count == described.count ? write : nil)
    }
}

/// Thrown to leave a pack of values of which one is missing.
private struct Missing: Error {
    static func unwrap<T>(_ value: T?) throws(Missing) -> T {
        guard let value else { throw Missing() }
        return value
    }
}
