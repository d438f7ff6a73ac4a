/// A request method (RFC 9110 section 9). Methods that no route can have are `other`, answered with 501.
public enum Method: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case patch = "PATCH"
    case options = "OPTIONS"
    /// Known, so that it is refused with 405 like any method that a path does not have.
    case trace = "TRACE"
    case other = ""

    /// Whether a request with this method may change something on the server (RFC 9110 section 9.2.1).
    public var isSafe: Bool { self == .get || self == .head || self == .options }
}
