/// Where the HTTP server listens and what it allows its clients. The defaults suit production.
public struct ServerConfiguration: Sendable, Hashable {
    /// A numeric address or a name that resolves to one.
    public var host = "127.0.0.1"
    /// 0 lets the system choose; `HTTPServer.port` then tells which.
    public var port = 8000
    /// Event loops, one thread each; nil means one per core.
    public var threads: Int?
    /// What the threads of the event loops are called, with a number behind it.
    public var threadName = "http"
    /// What the ids of requests begin with that come without one.
    public var requestIDPrefix = ""
    /// A listening socket made by somebody else (systemd, a predecessor) instead of `host` and `port`.
    public var listeningDescriptor: Int32?
    /// Whether somebody else has that socket too, so that what is in its backlog at the end is not lost.
    public var isDescriptorShared = false
    public var limits = Limits()
    public var deadlines = Deadlines()

    public init() {}

    /// What one client can make the server keep in memory.
    public struct Limits: Sendable, Hashable {
        /// Request line and header fields together; beyond it 431.
        public var headBytes = 16 << 10
        /// Header fields of one request; beyond it 431.
        public var headerFields = 100
        /// The request target; beyond it 414.
        public var targetBytes = 8 << 10
        /// A request's body; beyond it 413.
        public var bodyBytes = 4 << 20
        /// The bodies, of all connections together, that did not arrive with their heads; beyond it 503.
        public var allBodiesBytes = 256 << 20
        /// Chunk extensions and trailers of one chunked body; beyond it 413 and 431.
        public var framingBytes = 16 << 10
        /// Open connections; more are answered 503 and closed.
        public var connections = 16_384
        /// Unsent bytes of a streamed response beyond which its producer is suspended.
        public var outputBytes = 256 << 10
        /// Bytes of pipelined requests that are read ahead of the one being answered.
        public var pipelinedBytes = 64 << 10

        public init() {}
    }

    /// How long each step may take. They are checked about ten times a second.
    public struct Deadlines: Sendable, Hashable {
        /// From a request's first byte, or from accepting the connection, to the end of its head; then 408.
        public var head = Duration.seconds(10)
        /// From the end of the head to the end of the body; then 408.
        public var body = Duration.seconds(30)
        /// Without a request on a kept connection; then it is closed.
        public var idle = Duration.seconds(75)
        /// For a handler to answer, or to begin a stream; then 503. Also for each pause of a streamed list; then the
        /// connection is closed.
        public var handler = Duration.seconds(30)
        /// Without the client taking any byte of a response; then the connection is closed.
        public var write = Duration.seconds(30)
        /// For a client to send the next request, or the first one, while the server drains, if it was not told that the
        /// connection ends: closing earlier would cut off one that is on its way (RFC 9112 section 9.5).
        public var lastRequest = Duration.seconds(1)
        /// For a client to close its side after the server has; then the connection is dropped.
        public var linger = Duration.seconds(2)

        public init() {}
    }
}

extension ServerConfiguration {
    /// The same for the few clients of the control socket, who may send back the largest document that was served.
    var forOperator: ServerConfiguration {
        var other = self
        other.threads = 1
        other.limits.connections = 16
        other.limits.bodyBytes = max(other.limits.bodyBytes, 64 << 20)
        other.limits.allBodiesBytes = max(other.limits.allBodiesBytes, 2 * other.limits.bodyBytes)
        return other
    }
}
