/// A request method, by IANA's registry of them (RFC 9110 section 16.1.1). Where a path has no route for one that the
/// registry knows, the answer is 405 and names those that it has; `other`, one that nobody knows, is answered with 501.
public enum Method: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case patch = "PATCH"
    case options = "OPTIONS"
    case trace = "TRACE"
    case connect = "CONNECT"
    case query = "QUERY"
    // WebDAV and its extensions (RFC 4918, 3253, 3648, 3744, 4437, 4791, 5323, 5842).
    case propfind = "PROPFIND"
    case proppatch = "PROPPATCH"
    case mkcol = "MKCOL"
    case copy = "COPY"
    case move = "MOVE"
    case lock = "LOCK"
    case unlock = "UNLOCK"
    case acl = "ACL"
    case baselineControl = "BASELINE-CONTROL"
    case bind = "BIND"
    case checkin = "CHECKIN"
    case checkout = "CHECKOUT"
    case label = "LABEL"
    case merge = "MERGE"
    case mkactivity = "MKACTIVITY"
    case mkcalendar = "MKCALENDAR"
    case mkredirectref = "MKREDIRECTREF"
    case mkworkspace = "MKWORKSPACE"
    case orderpatch = "ORDERPATCH"
    case rebind = "REBIND"
    case report = "REPORT"
    case search = "SEARCH"
    case unbind = "UNBIND"
    case uncheckout = "UNCHECKOUT"
    case update = "UPDATE"
    case updateredirectref = "UPDATEREDIRECTREF"
    case versionControl = "VERSION-CONTROL"
    // RFC 2068, and the reserved beginning of HTTP/2 (RFC 9113 section 3.4).
    case link = "LINK"
    case unlink = "UNLINK"
    case pri = "PRI"
    case other = ""

    /// Whether a request with this method may change nothing on the server (RFC 9110 section 9.2.1), of those methods
    /// that routes have.
    public var isSafe: Bool { self == .get || self == .head || self == .options }
}
