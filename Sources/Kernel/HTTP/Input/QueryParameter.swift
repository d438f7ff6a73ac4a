/// A parameter that a route reads from the query string: what is documented is what is checked. It may also be spelt in
/// snake_case, and be given once only unless it is a list.
public struct QueryParameter<Value: Sendable>: Sendable {
    let described: DescribedParameter
    let read: @Sendable ([QueryItem], inout [FieldProblem]) -> Value?
}

/// What the description of a route says of a parameter of the query.
struct DescribedParameter: Sendable {
    let name: String
    let schema: JSONSchema
    let summary: String
    /// Whether it may be repeated.
    let isList: Bool
}

extension QueryParameter {
    /// - Parameter complaint: what is said of a value that the schema does not take, behind the parameter's name; by
    ///   default what the schema says.
    public static func required(
        _ name: String, _ schema: Schema<Value>, _ summary: String,
        complaint: (@Sendable (_ value: String) -> String)? = nil
    ) -> Self {
        let single = SingleParameter(name, schema.json, complaint)
        return Self(described: single.described(summary)) { items, problems in
            let known = problems.count
            if let json = single.json(items, &problems) { return schema.value(of: json) }
            if problems.count == known { problems.append(FieldProblem(name, "Missing \(name)")) }
            return nil
        }
    }

    /// One that may be missing.
    public static func optional<Wrapped>(
        _ name: String, _ schema: Schema<Wrapped>, _ summary: String,
        complaint: (@Sendable (_ value: String) -> String)? = nil
    ) -> Self where Value == Wrapped? {
        let single = SingleParameter(name, schema.json, complaint)
        return Self(described: single.described(summary)) { items, problems in
            .some(single.json(items, &problems).flatMap(schema.value))
        }
    }

    /// One that stands for a default where it is missing.
    public static func optional(
        _ name: String, _ schema: Schema<Value>, default: Value, _ summary: String,
        complaint: (@Sendable (_ value: String) -> String)? = nil
    ) -> Self {
        let single = SingleParameter(name, schema.json, complaint)
        return Self(described: single.described(summary)) { items, problems in
            single.json(items, &problems).flatMap(schema.value) ?? `default`
        }
    }

    /// Several values: a comma list, a repeated parameter, or one spelt `name[]`. Nil if it is missing; a value that is
    /// given twice counts once.
    public static func list<Element>(_ name: String, of element: Schema<Element>, _ summary: String) -> Self
    where Value == [Element]?, Element: Hashable {
        let described = DescribedParameter(name: name, schema: element.json, summary: summary, isList: true)
        let repeated = "\(name)[]"
        return Self(described: described) { items, problems in
            let given = items.filter { $0.name.isExactly(name) || $0.name.isExactly(repeated) }
            guard !given.isEmpty else { return .some(nil) }
            var seen: Set<Element> = []
            let texts = given.flatMap { $0.value.split(separator: ",", omittingEmptySubsequences: false) }
            return texts.compactMap { text in
                let json = element.json.read(text: String(text), of: name, problems: &problems)
                return json.flatMap(element.value).flatMap { seen.insert($0).inserted ? $0 : nil }
            }
        }
    }
}

/// The one value of a parameter that may be given once.
private struct SingleParameter: Sendable {
    let name: String
    let schema: JSONSchema
    let alias: String?
    let complaint: (@Sendable (String) -> String)?

    init(_ name: String, _ schema: JSONSchema, _ complaint: (@Sendable (String) -> String)?) {
        self.name = name
        self.schema = schema
        self.complaint = complaint
        alias = JSONSchema.Property.optional(name, schema).aliases.first
    }

    func described(_ summary: String) -> DescribedParameter {
        DescribedParameter(name: name, schema: schema, summary: summary, isList: false)
    }

    func json(_ items: [QueryItem], _ problems: inout [FieldProblem]) -> JSON? {
        guard let index = items.firstIndex(where: isCalled) else { return nil }
        let value = items[index].value
        if items[(index + 1)...].contains(where: isCalled) {
            return complain("may be given only once\(legal)", &problems)
        }
        if value.isEmpty { return complain("must not be empty\(legal)", &problems) }
        guard let complaint else { return schema.read(text: value, of: name, problems: &problems) }
        var own: [FieldProblem] = []
        return schema.read(text: value, of: name, problems: &own) ?? complain(complaint(value), &problems)
    }

    private func isCalled(_ item: QueryItem) -> Bool {
        item.name.isExactly(name) || alias.map(item.name.isExactly) == true
    }

    /// What it may say, to stand behind what is wrong with it.
    private var legal: String { schema.legalTexts.map { "; \($0)" } ?? "" }

    private func complain(_ message: String, _ problems: inout [FieldProblem]) -> JSON? {
        problems.append(FieldProblem(name, "\(name) \(message)"))
        return nil
    }
}

/// The parameters of a query as one value. Parameters of other names are ignored.
public struct QueryParameters<Value: Sendable>: Sendable {
    let described: [DescribedParameter]
    let read: @Sendable ([QueryItem], inout [FieldProblem]) -> Value?

    /// - Parameters:
    ///   - parameter: the parameters, in the order of the arguments of `make`.
    ///   - make: makes the value.
    ///   - check: adds what is wrong with parameters taken together. It is also called where single ones are wrong;
    ///     those are missing then.
    public init<each T: Sendable>(
        _ parameter: repeat QueryParameter<each T>, as make: @escaping @Sendable (repeat each T) -> Value,
        check: @escaping @Sendable (Value, inout [FieldProblem]) -> Void = { _, _ in }
    ) {
        let parameters = (repeat each parameter)
        var described: [DescribedParameter] = []
        for parameter in repeat each parameter { described.append(parameter.described) }
        self.described = described
        read = { items, problems in
            let values = (repeat (each parameters).read(items, &problems))
            guard let value = try? make(repeat MissingInput.unwrap(each values)) else { return nil }
            check(value, &problems)
            return value
        }
    }
}
