import CLinux
import Glibc

/// One client's connection: a small state machine that is driven by readiness events, by its handler's task and by
/// the deadline sweep. An idle connection holds no buffer.
///
/// Safe to share because only its event loop's thread touches it; tasks get there by the loop being their executor.
final class Connection: @unchecked Sendable {
    enum State {
        /// Between requests, or with a part of a head.
        case head
        /// The head is complete, and whether its request may be answered at all is being found out; the body stays in
        /// the socket.
        case admitting
        /// The request is admitted, its body is arriving.
        case body
        /// A handler is at work; what follows stays in the socket.
        case handling
        /// A handler's body is being produced.
        case streaming
        /// Our side is closed; the client's last bytes are awaited so that it can read our answer.
        case lingering
        case closed
    }

    let fd: Int32
    let generation: UInt32
    let loop: EventLoop

    /// Who is connected; nil for a Unix-domain socket.
    let peer: NetworkAddress?

    var state = State.head
    /// Input that was read and not yet parsed, from `inputStart` on.
    var input: [UInt8] = []
    var inputStart = 0
    /// The parser can make nothing of what is there without more.
    var needsMoreInput = false
    /// Whether the first byte of a head has been seen, from which its deadline runs.
    var hasBegunHead = false
    var incomingBody: IncomingBody?
    /// What this connection's request has in `ServerContext.bodyBytes`.
    var countedBodyBytes = 0

    /// Output that the socket did not take yet, from `unsentStart` on.
    var unsent: [UInt8] = []
    var unsentStart = 0
    /// The socket's send queue when it last took nothing more.
    var unacknowledged = 0
    /// Whether to close once all output is sent.
    var isClosing = false
    /// The socket may have more to read. Edge-triggered: set by events, cleared when a read finds it empty.
    var isReadable = true
    /// The client has closed its side. Latched: its event may come with the last data.
    var hasPeerFinished = false
    var isProcessing = false
    /// The turn is over and there may be more; the connection is in the loop's line.
    var isWaitingForTurn = false
    /// A request was refused, so that input may follow that nobody will read.
    var hasRefused = false
    /// Of a refused request's body, which is shorter than a new connection is dear.
    var bytesToSkip = 0
    /// Of empty lines before a request.
    var emptyLineBytes = 0
    var discardedBytes = 0
    /// When the connection was accepted, or its last request answered; milliseconds.
    var quietSince: Int64
    /// What a producer has written without letting others run.
    var bytesSinceYield = 0

    /// The request being answered.
    var exchange = Exchange()
    /// Counts the requests, so that an answer that comes after its request was given up is known as late.
    var exchangeNumber: UInt64 = 0
    var task: Task<Void, Never>?
    /// The streamed body that is being produced.
    var stream: OutgoingStream?
    /// Producers of a streamed body that wait for the client to read.
    var suspendedWriters: [CheckedContinuation<Void, any Error>] = []
    var isInUnflushed = false
    /// Answers of which it is not known yet whether there is a client to have them.
    var undelivered: [AccessRecord] = []

    init(fd: Int32, generation: UInt32, loop: EventLoop) {
        self.fd = fd
        self.generation = generation
        self.loop = loop
        peer = NetworkAddress(ofPeerOf: fd)
        quietSince = loop.now
    }

    var isOpen: Bool { state != .closed }
    var hasUnsent: Bool { !unsent.isEmpty }

    /// Whether input may be read and parsed: one request at a time, and none while an answer is stuck.
    @inline(__always)
    var acceptsInput: Bool { (state == .head || state == .body) && !isClosing && unsent.isEmpty }

    @inline(__always)
    func setDeadline(_ milliseconds: Int64) {
        loop.deadlines.set(loop.now &+ milliseconds, for: fd)
    }

    /// Acts on the readiness that epoll reports.
    func handle(_ flags: UInt32) {
        if flags & (CLINUX_ERROR | CLINUX_HANGUP) != 0 {
            hangUp(isError: flags & CLINUX_ERROR != 0)
            return
        }
        if flags & CLINUX_OUT != 0, hasUnsent {
            sendUnsent()
            guard isOpen else { return }
        }
        if flags & CLINUX_READ_HANGUP != 0 {
            if !hasPeerFinished, state == .streaming { probeClient() }
            hasPeerFinished = true
            guard isOpen else { return }
        }
        if flags & (CLINUX_IN | CLINUX_READ_HANGUP) != 0 {
            isReadable = true
            goOn()
        }
    }

    /// Goes on with what the client has sent, unless the loop's line will come to that.
    func goOn() {
        if state == .lingering { discardInput() } else { processInput() }
    }
}

/// What the server remembers of a request until its answer is finished.
struct Exchange {
    var head = ReceivedHead.none
    var method = Method.other
    var id = RequestID.generated(prefix: "", UUID(random: 0, 0))
    var trace: TraceContext?
    var isHTTP10 = false
    var keepsAlive = true
    var startedAt: Int64 = 0
    /// How long the head of an open stream took; nil for all others.
    var nanosecondsToHead: Int64?
    var status = Status.ok
    var route: Int?
    var isNotable = false
    var failure: Response.Failure?
    var principal: Principal?
    var bytesSent = 0
    /// A streamed answer's chunks carry their sizes.
    var isChunked = false
}
