/// One property of an object: its name, its schema, and where its value is in the Swift value that the object stands
/// for. It also reads that property alone, out of an object that nobody makes a value of: `json[Self.status]`.
public struct Property<Root: Sendable, Value: Sendable>: Sendable {
    /// What is documented, and checked.
    public let json: JSONSchema.Property
    let value: @Sendable (_ object: JSON) -> Value?
    let member: (@Sendable (Root) -> JSONObject.Member?)?

    public var name: String { json.name }

    /// The value of the property in an object.
    func value(in object: JSON) -> Value? { value(object) }
}

extension Property {
    /// - Parameter aliases: other spellings that are accepted beside the name and its snake_case form.
    public static func required(_ name: String, _ schema: Schema<Value>, aliases: [String] = []) -> Self {
        Property(
            json: .required(name, schema.json, aliases: aliases), value: schema.reader(name, aliases),
            member: nil)
    }

    /// One that can be written, too.
    /// - Parameter get: where the value is: a key path.
    public static func required(
        _ name: String, _ get: @escaping @Sendable (Root) -> Value, _ schema: Schema<Value>, aliases: [String] = []
    ) -> Self {
        Property(
            json: .required(name, schema.json, aliases: aliases), value: schema.reader(name, aliases),
            member: schema.member(name) { get($0) })
    }

    /// One that may be missing; null counts as missing.
    public static func optional<Wrapped>(_ name: String, _ schema: Schema<Wrapped>, aliases: [String] = []) -> Self
    where Value == Wrapped? {
        Property(
            json: .optional(name, schema.json, aliases: aliases), value: schema.optionalReader(name, aliases),
            member: nil)
    }

    /// One that may be missing, and can be written, too: not at all if there is no value.
    /// - Parameter get: where the value is: a key path.
    public static func optional<Wrapped>(
        _ name: String, _ get: @escaping @Sendable (Root) -> Wrapped?, _ schema: Schema<Wrapped>,
        aliases: [String] = []
    ) -> Self where Value == Wrapped? {
        Property(
            json: .optional(name, schema.json, aliases: aliases), value: schema.optionalReader(name, aliases),
            member: schema.member(name, get))
    }
}

extension Schema {
    /// Reads a property out of an object, also where documents of other origin have it under another name.
    fileprivate func reader(_ name: String, _ aliases: [String]) -> @Sendable (JSON) -> Value? {
        if aliases.isEmpty { return { [decode] in $0[name].flatMap(decode) } }
        let names = [name] + aliases
        return { [decode] object in
            for name in names { if let value = object[name].flatMap(decode) { return value } }
            return nil
        }
    }

    fileprivate func optionalReader(_ name: String, _ aliases: [String]) -> @Sendable (JSON) -> Value?? {
        let read = reader(name, aliases)
        return { .some(read($0)) }
    }

    fileprivate func member<Root>(
        _ name: String, _ get: @escaping @Sendable (Root) -> Value?
    ) -> (@Sendable (Root) -> JSONObject.Member?)? {
        guard isWritable else { return nil }
        return { root in get(root).flatMap(json(of:)).map { JSONObject.Member(name: name, value: $0) } }
    }
}

extension JSON {
    /// A property of an object; nil if it is missing or of another shape, or if this is no object.
    public subscript<Root, Value>(property: Property<Root, Value>) -> Value? { property.value(in: self) }

    public subscript<Root, Wrapped>(property: Property<Root, Wrapped?>) -> Wrapped? {
        property.value(in: self) ?? nil
    }
}

extension [FieldProblem] {
    /// Whether something is known to be wrong with a property of the body, or with a part of it.
    public func concern<Root, Value>(_ property: Property<Root, Value>) -> Bool { concern(property.name) }
}
