/// What a handler answers. The server adds `Date`, `X-Request-ID`, the framing headers and `Connection`.
public struct Response: Sendable {
    public var status: Status
    public var contentType: ContentType
    /// Headers beside those that the server writes itself.
    public var headers: Headers
    public var body: Body
    /// Whether the access log has a line for it although its route is quiet.
    public var isNotable = false
    /// Why it is not what was asked for, if that is not the client's doing: for its line in the log.
    var failure: Failure?
    /// The index of the route that made it, for the log and the metrics; nil if no route did.
    var route: Int?
    /// Who asked, for the log.
    var principal: Principal?

    public init(
        _ status: Status = .ok, contentType: ContentType = .json, headers: Headers = Headers(), body: Body = .empty
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// A class, since it is rarely there and every response has room for it.
    final class Failure: Sendable {
        let message: String
        /// Further details, for `error.stack`.
        let detail: String?

        init(_ message: String, detail: String? = nil) {
            self.message = message
            self.detail = detail
        }
    }

    public enum Body: Sendable {
        case empty
        case fixed(StaticString)
        case bytes([UInt8])
        /// A body of unknown length: the closure writes it piece by piece and is suspended while the client reads
        /// slower than it writes. It runs on the connection's event loop; if it throws, the connection is closed
        /// without the final chunk, so that the client can tell the body is not whole. For HEAD it is not run.
        case stream(@Sendable (any BodyWriter) async throws -> Void)
    }
}

/// The receiving end of a streamed body.
public protocol BodyWriter: Sendable {
    /// Sends `bytes`, suspending while more than the connection's output limit is unsent.
    /// - Throws: `CancellationError` when the client has gone or the write deadline has passed.
    func write(_ bytes: [UInt8]) async throws
}

/// The media types that this service sends.
public enum ContentType: Sendable, Hashable {
    case json
    case text
    case html
    case css
    /// Prometheus's text format.
    case metrics

    public var value: StaticString {
        switch self {
        case .json: "application/json"
        case .text: "text/plain; charset=utf-8"
        case .html: "text/html; charset=utf-8"
        case .css: "text/css; charset=utf-8"
        case .metrics: "text/plain; version=0.0.4; charset=utf-8"
        }
    }
}
