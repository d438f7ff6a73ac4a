/// Something that a route takes out of a request before its handler runs, which gets it as an argument: a part of the
/// path, parameters of the query, the body. What is declared is documented and checked; there is no declaring without.
///
/// Inputs are read in the order in which they are declared. Everything that is wrong with path and query is told at
/// once, and then everything that is wrong with the body.
public struct Input<Value: Sendable>: Sendable {
    var query: [DescribedParameter] = []
    var body: JSONSchema?
    /// What the route's pattern must capture for it.
    var capture: String?
    /// The code of the error that tells of problems.
    var code: String?
    @usableFromInline let read: @Sendable (Request, inout [FieldProblem]) throws -> Value?

    /// Something that a request has or not.
    /// - Parameter read: finds it.
    public static func request(_ read: @escaping @Sendable (Request) throws -> Value) -> Self {
        Self { request, _ in try read(request) }
    }
}

extension Input {
    /// What the route's pattern captures under a name, `{noteId}`.
    public static func path(_ name: String) -> Self where Value == String {
        .path(name) { $0 }
    }

    /// What the route's pattern captures under a name, as a value.
    /// - Parameter make: makes the value, or throws what is answered instead.
    public static func path(_ name: String, _ make: @escaping @Sendable (String) throws -> Value) -> Self {
        var input = Self { request, problems in
            // The pattern captures it, or the service would not have started.
            guard let text = request.parameters[name] else { return nil }
            return try make(text)
        }
        input.capture = name
        return input
    }

    /// What the route's pattern captures under a name, as a value that a schema reads.
    public static func path(_ name: String, _ schema: Schema<Value>) -> Self {
        var input = Self { request, problems in
            let json = schema.json.read(text: request.parameters[name] ?? "", of: name, problems: &problems)
            return json.flatMap(schema.value)
        }
        input.capture = name
        return input
    }

    /// A parameter of the query.
    public static func query(_ parameter: QueryParameter<Value>) -> Self {
        .query(QueryParameters(parameter, as: { $0 }))
    }

    /// Parameters of the query, as one value.
    /// - Parameter code: of the error that tells what is wrong with them.
    public static func query(_ parameters: QueryParameters<Value>, code: String? = nil) -> Self {
        var input = Self { request, problems in parameters.read(request.query, &problems) }
        input.query = parameters.described
        input.code = code
        return input
    }

    /// The body, whatever its Content-Type says.
    public static func body(_ type: Value.Type) -> Self where Value: RequestBody {
        .body(type) { body, _, _ in body }
    }

    /// The body, as something that is made of it and of what else the request says.
    /// - Parameter make: makes it, and adds what is wrong beside the schema. It is also called where the schema has
    ///   problems that leave a body to speak of; optional properties with problems are missing then.
    public static func body<Body: RequestBody>(
        _ type: Body.Type, as make: @escaping @Sendable (Body, Request, inout [FieldProblem]) -> Value?
    ) -> Self {
        .body(Body.schema, as: make)
    }

    /// The body by a schema, such as one that the configuration has a say in.
    /// - Parameter described: what the description has instead of the schema, where the handler reads further.
    public static func body(_ schema: Schema<Value>, described: JSONSchema? = nil) -> Self {
        .body(schema, described: described) { body, _, _ in body }
    }

    private static func body<Body>(
        _ schema: Schema<Body>, described: JSONSchema? = nil,
        as make: @escaping @Sendable (Body, Request, inout [FieldProblem]) -> Value?
    ) -> Self {
        var input = Self { request, known in
            // What is wrong with the path or the query is told first.
            guard known.isEmpty else { return nil }
            let json = try request.jsonBody()
            var problems: [FieldProblem] = []
            let value = schema.read(json, problems: &problems).flatMap { make($0, request, &problems) }
            guard problems.isEmpty, let value else { throw HTTPError.invalidBody(problems) }
            return value
        }
        input.body = described ?? schema.json
        return input
    }
}

/// What a client sends, as a Swift value.
public protocol RequestBody: Sendable {
    static var schema: Schema<Self> { get }
}

/// Thrown to leave a pack of values of which one is missing; then problems say why.
@usableFromInline struct MissingInput: Error {
    @inlinable static func unwrap<T>(_ value: T?) throws -> T {
        guard let value else { throw MissingInput() }
        return value
    }

    @usableFromInline init() {}
}

extension HTTPError {
    /// 400 for a path or a query with those problems.
    @usableFromInline static func invalidInput(_ problems: [FieldProblem], code: String?) -> HTTPError {
        HTTPError(
            .badRequest, code: code ?? "query.invalid", message: problems.map(\.message).joined(separator: "; "),
            problems: problems)
    }
}
