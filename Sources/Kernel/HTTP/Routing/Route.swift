/// One operation that the service offers: declared once by its module, and the source of routing, 405 answers, the
/// log's and the metrics' labels, the command `routes` and the OpenAPI document.
public struct Route: Sendable {
    public typealias Handler = @Sendable (Request) async throws -> Response

    public let method: Method
    public internal(set) var pattern: RoutePattern
    public let operation: Operation
    public let handler: Handler
    /// Answers without ever waiting, if the route can: then a request costs no task.
    let immediate: (@Sendable (Request) -> Response)?
    /// Answers what can be answered without waiting, if the route has that: nil for what cannot.
    var atOnce: (@Sendable (Request) throws -> Response?)?
    /// The collections that its answers show and nothing else, so that they can be repeated while nothing in those
    /// changes; nil if they may show anything.
    public internal(set) var shown: [Collection]?
    /// The path to use instead, if this one is an alias.
    var successor: Successor?
    /// The module that declared it; `kernel` for the probes.
    public internal(set) var module: String = "kernel"
    /// Why it cannot do what its declaration says; nil if it can.
    var flaw: String?

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

    /// A route for anyone whose one answer is made when it is asked for first.
    init(_ method: Method, _ pattern: RoutePattern, _ operation: Operation, made response: MadeOnce<Response>) {
        self.init(method, pattern, operation) { _ in await response.value() }
        atOnce = { _ in response.present }
    }
}

/// What a route is for and what comes out, for those who call it; what goes in is what its inputs declare.
public struct Operation: Sendable {
    public let summary: String
    /// Who may call it. A route that writes must say so, or the service does not start.
    public let access: Access?
    /// What its inputs have declared.
    var query: [DescribedParameter] = []
    var body: JSONSchema?
    /// Fields that it has a use for, beside those that every route has.
    public let headers: [HeaderParameter]
    public internal(set) var reply: Reply
    /// The errors it answers beside those that every route can, each with its reason.
    public let errors: KeyValuePairs<Status, String>
    /// Whether it is for the commands of an operator alone, who reaches it with the rights to the storage itself: for
    /// everybody else it is not there, and no description names it.
    public let isForCommands: Bool
    /// Whether successful requests are logged at DEBUG only: for what probes and executors call every few seconds. A
    /// response that is worth a line all the same says so, see `Response.isNotable`.
    public let isQuiet: Bool

    public init(
        _ summary: String, access: Access? = nil, headers: [HeaderParameter] = [], reply: Reply = .text,
        errors: KeyValuePairs<Status, String> = [:],
        isQuiet: Bool = false, isForCommands: Bool = false
    ) {
        self.summary = summary
        self.access = access
        self.headers = headers
        self.reply = reply
        self.errors = errors
        self.isQuiet = isQuiet
        self.isForCommands = isForCommands
    }
}

/// What a successful response carries.
public enum Reply: Sendable {
    case text
    /// Something of another kind than plain text or JSON.
    case media(ContentType)
    case json(JSONSchema)
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
