/// What a handler answers. The server adds `Date`, `X-Request-ID`, the framing headers and `Connection`.
public struct Response: Sendable {
    public var status: Status
    public var contentType: ContentType
    /// Headers beside those that the server writes itself (`Date`, `Content-Length` and the like). One of those, a name
    /// that is none, or a value with a line break does not go out as it is, and the log has an error that names it.
    public var headers: Headers
    public var body: Body
    /// Whether the access log has a line for it although its route is quiet.
    public var isNotable = false
    /// Why it is not what was asked for, if that is not the client's doing: for its line in the log.
    var failure: Failure?
    /// The name of the state that it shows. Where it is nil, the kernel makes one of the body's bytes for successful answers
    /// to GET that are no streams.
    public var entityTag: EntityTag?
    var contentCoding = ContentCoding.identity
    /// Whether another `Accept-Encoding` may have got another body.
    var isVariedByCoding = false
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
        /// A body of unknown length, written piece by piece: see `stream` and `list`.
        case streamed(StreamedBody)

        /// A body that goes on for as long as its producer likes, such as what is followed as it happens.
        ///
        /// The closure runs on the connection's event loop, is suspended while the client reads slower than it writes,
        /// and may stay quiet for any time: `http.deadlines.handler` ended with the head of the response, and only what
        /// the client does not take has a deadline. Its task is cancelled at once when the client has gone, and when the
        /// service is about to stop; a body that then ends, normally or with `CancellationError`, ends in order. If the
        /// closure throws anything else, the connection is closed without the final chunk, so that the client can tell.
        /// For HEAD it is not run.
        public static func stream(_ produce: @escaping StreamedBody.Producer) -> Body {
            .streamed(StreamedBody(.open(keepAlive: nil), produce))
        }

        /// A body that has an end of its own, such as a long list. As `stream`, but each pause of the closure has the
        /// deadline `http.deadlines.handler`, and a service that stops waits for its end (`lifecycle.drain`).
        public static func list(_ produce: @escaping StreamedBody.Producer) -> Body {
            .streamed(StreamedBody(.finite, produce))
        }
    }
}

/// What writes a body of unknown length, and what the server may expect of it. A class, since it is rarely there and
/// every response has room for it.
public final class StreamedBody: Sendable {
    public typealias Producer = @Sendable (any BodyWriter) async throws -> Void

    enum Kind: Sendable, Equatable {
        /// It has an end of its own, which a stop waits for.
        case finite
        /// It goes on until its producer, its client or the service ends it. While nothing else is written, `keepAlive`
        /// is put between two pieces now and then.
        case open(keepAlive: KeepAlive?)
    }

    /// A piece that means nothing to the client, and the pause after which it is sent.
    struct KeepAlive: Sendable, Equatable {
        let piece: [UInt8]
        let milliseconds: Int64
    }

    let kind: Kind
    let produce: Producer

    init(_ kind: Kind, _ produce: @escaping Producer) {
        self.kind = kind
        self.produce = produce
    }
}

/// The receiving end of a streamed body.
public protocol BodyWriter: Sendable {
    /// Sends `bytes`, suspending while more than the connection's output limit is unsent.
    /// - Throws: `CancellationError` when the client has gone, the write deadline has passed, or the service is about
    ///   to stop and the body has no end of its own.
    func write(_ bytes: [UInt8]) async throws
}
