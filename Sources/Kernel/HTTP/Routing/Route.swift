/// One operation that the service offers: declared once by its module, and the source of routing, 405 answers, the
/// log's and the metrics' labels, the command `routes` and the OpenAPI document.
public struct Route: Sendable {
    public typealias Handler = @Sendable (Request) async throws -> Response

    public let method: Method
    public let pattern: RoutePattern
    public let operation: Operation
    public let handler: Handler
    /// Answers without ever waiting, if the route can: then a request costs no task.
    let immediate: (@Sendable (Request) -> Response)?
    /// The path to use instead, if this one is an alias.
    var successor: Successor?
    /// The module that declared it; `kernel` for the probes.
    public internal(set) var module: String = "kernel"

    public init(_ method: Method, _ pattern: RoutePattern, _ operation: Operation, handler: @escaping Handler) {
        self.method = method
        self.pattern = pattern
        self.operation = operation
        self.handler = handler
        immediate = nil
    }

    /// A route whose answer is at hand: it neither waits nor fails, and is for anyone.
    public init(
        _ method: Method, _ pattern: RoutePattern, _ operation: Operation,
        immediate: @escaping @Sendable (Request) -> Response
    ) {
        self.method = method
        self.pattern = pattern
        self.operation = operation
        handler = { immediate($0) }
        self.immediate = operation.access == .anyone && method.isSafe ? immediate : nil
    }
}

/// What a route is for and what goes in and out, for those who call it.
public struct Operation: Sendable {
    public let summary: String
    /// Who may call it. A route that writes must say so, or the service does not start.
    public let access: Access?
    public let query: [QueryParameter]
    /// Fields that it has a use for, beside those that every route has.
    public let headers: [HeaderParameter]
    public let body: JSONSchema?
    public let reply: Reply
    /// The errors it answers beside those that every route can, each with its reason.
    public let errors: KeyValuePairs<Status, String>
    /// Whether successful requests are logged at DEBUG only: for what probes and executors call every few seconds. A
    /// response that is worth a line all the same says so, see `Response.isNotable`.
    public let isQuiet: Bool

    public init(
        _ summary: String, access: Access? = nil, query: [QueryParameter] = [], headers: [HeaderParameter] = [],
        body: JSONSchema? = nil, reply: Reply = .text, errors: KeyValuePairs<Status, String> = [:],
        isQuiet: Bool = false
    ) {
        self.summary = summary
        self.access = access
        self.query = query
        self.headers = headers
        self.body = body
        self.reply = reply
        self.errors = errors
        self.isQuiet = isQuiet
    }
}

/// What a successful response carries.
public enum Reply: Sendable {
    case text
    /// Something of another kind than plain text or JSON.
    case media(ContentType)
    case json(JSONSchema)
}

/// A parameter that a route reads from the query string.
public struct QueryParameter: Sendable {
    public let name: String
    public let schema: JSONSchema
    public let summary: String
    /// Whether it may be repeated.
    public let isList: Bool

    public init(_ name: String, _ schema: JSONSchema, _ summary: String, isList: Bool = false) {
        self.name = name
        self.schema = schema
        self.summary = summary
        self.isList = isList
    }
}

/// A header field that a route reads.
public enum HeaderParameter: String, Sendable, CaseIterable {
    /// The states of which one must be found for the request to be carried out; see `Request.ifMatch`.
    case ifMatch = "If-Match"
    /// By which a request can be repeated; see `Request.idempotencyKey()`.
    case idempotencyKey = "Idempotency-Key"
    /// Of every route with entity tags.
    case ifNoneMatch = "If-None-Match"
}
