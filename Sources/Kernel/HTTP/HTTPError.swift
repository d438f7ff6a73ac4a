/// A failure that the client is told about: thrown by handlers and by the HTTP engine itself, and turned into the
/// one error body `{"message", "code", "requestId"}` (plus `"errors"` for field problems) in one place.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
    public var status: Status
    /// A stable, dotted name for programs: `notes.not-found`, `body.malformed`.
    public var code: String
    /// What is wrong and where, for people. Never says anything of the service's internals.
    public var message: String
    /// What is wrong with single fields of the request, all of them.
    public var problems: [FieldProblem]
    /// Seconds after which the same request may be tried again.
    public var retryAfter: Int?
    public var headers: Headers
    /// Why, for the log only; nil where `message` says all.
    public var reason: String?
    /// Further members of the error body.
    public var details: [(name: String, value: JSON)] = []

    public var description: String { reason ?? message }

    public init(
        _ status: Status, code: String, message: String, problems: [FieldProblem] = [], retryAfter: Int? = nil,
        headers: Headers = Headers()
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.problems = problems
        self.retryAfter = retryAfter
        self.headers = headers
    }
}
