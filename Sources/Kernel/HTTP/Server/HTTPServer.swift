import CLinux
import Glibc
import Synchronization

/// An HTTP/1.1 server (RFC 9110, 9112): some event loops on one listening socket. A handler is called for each
/// request on the loop that read it; if it never suspends, it costs no more than a call.
///
/// The life of a server is `bind`, `start`, and `drain` or `stop`; it cannot be started again.
public final class HTTPServer: Sendable {
    private let configuration: ServerConfiguration
    private let context: ServerContext
    private let bound = Mutex<Bound?>(nil)

    private struct Bound {
        let listener: ListeningSocket
        var loops: [EventLoop]
        var isStarted = false
    }

    /// - Parameters:
    ///   - configuration: address, limits and deadlines.
    ///   - log: what is worth a line and no request's.
    ///   - routes: how many there are, for counting by route.
    ///   - rejection: makes the response for what the server itself finds wrong with a request.
    ///   - access: called on the event loop once for each finished response; it must not block.
    ///   - immediate: answers requests whose answer is at hand, without a task of their own; nil for all others. It
    ///     must not stream.
    ///   - admission: asked before the body of a request is read; nil to read all of them. A body that comes with its
    ///     head has been read already, so that the handler must ask as well.
    ///   - handler: answers requests. It must not block; it is cancelled when its deadline passes, or its client has gone
    ///     and the request cannot change anything.
    public init(
        _ configuration: ServerConfiguration, log: Logger, routes: Int = 0,
        rejection: @escaping @Sendable (HTTPError, RequestID, Headers) -> Response,
        access: (@Sendable (AccessRecord) -> Void)? = nil,
        immediate: (@Sendable (Request) -> Response?)? = nil,
        admission: (@Sendable (Request) async -> Admission)? = nil,
        handler: @escaping @Sendable (Request) async -> Response
    ) {
        let configuration = Self.affordable(configuration, log)
        self.configuration = configuration
        context = ServerContext(
            configuration, log: log, routes: routes, rejection: rejection, access: access, immediate: immediate,
            admission: admission, handler: handler)
    }

    /// Claims the address, without answering yet: connections wait until `start`.
    public func bind() throws(BootIssue) {
        let threads = max(1, configuration.threads ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let listener = try ListeningSocket(configuration, users: threads)
        var loops: [EventLoop] = []
        for index in 0..<threads {
            let name = "\(configuration.threadName)-\(index)"
            loops.append(try EventLoop(context, listener: listener, name: name))
        }
        bound.withLock { $0 = Bound(listener: listener, loops: loops) }
    }

    /// The port that is listened on, 0 before `bind`.
    public var port: Int { address?.port ?? 0 }

    /// Where the server listens; nil before `bind`.
    public var address: SocketAddress? { bound.withLock { $0?.listener.address } }

    /// Starts the event loops' threads.
    /// - Throws: if the system has not enough of them; then none is left, and the address is free again.
    public func start() throws(BootIssue) {
        let loops = bound.withLock { bound -> [EventLoop] in
            guard let present = bound, !present.isStarted else { return [] }
            bound?.isStarted = true
            return present.loops
        }
        guard !loops.isEmpty else { return }
        context.started(loops)
        for (index, loop) in loops.enumerated() {
            do throws(BootIssue) {
                try OwnThread.start("http-\(index)") { loop.run() }
            } catch {
                context.end(.stop)
                // Nobody else runs these.
                for loop in loops[index...] { loop.stop() }
                throw error
            }
        }
    }

    /// Has every response from now on say `Connection: close`, so that clients leave by themselves before a drain.
    public func announceEnd() { context.broadcast(.keepNoConnections) }

    /// Has the streams that have no end of their own end now, and those that begin from now on at once: their tasks are
    /// cancelled.
    public func endStreams() { context.broadcast(.endStreams) }

    /// Stops in order: ends streams without an end of their own, listens no more, closes idle connections, lets requests in flight be answered (with
    /// `Connection: close`), and returns when all connections are closed. What is left after `deadline` is closed
    /// hard. May be called again, or followed by `stop`, to shorten the deadline.
    ///
    /// A connection that was accepted or answered within the last second, and not told to end, is left open for the
    /// rest of that second. The backlog of a shared socket is left to the next process.
    public func drain(within deadline: Duration) async {
        context.end(.drain(milliseconds: deadline.milliseconds))
        await context.allStopped()
    }

    /// Closes everything at once and returns when that is done; handlers are cancelled.
    public func stop() async {
        context.end(.stop)
        await context.allStopped()
    }

    /// What the server has done so far and has open; cheap, from any thread.
    public var counters: ServerCounters { context.counters }

    /// Puts the limits and deadlines of another configuration in force, for what begins from now on: a step of a
    /// connection that has a deadline keeps it. `pipelined` stays as it is. It blocks until every event loop has taken
    /// them over, or for a second at most: a loop that is held up does so when it goes on.
    public func apply(_ other: ServerConfiguration) {
        var other = Self.affordable(other, context.log)
        other.limits.pipelinedBytes = configuration.limits.pipelinedBytes
        context.apply(ServerSettings(other))
        _ = loopsAnswer(within: .seconds(1))
    }

    /// Whether every event loop that has not stopped gets round to a message in time. It blocks: for a thread of its
    /// own.
    public func loopsAnswer(within limit: Duration) -> Bool {
        let answers = Monitor(0)
        let deadline = ContinuousClock.now + limit
        let count = context.broadcast(.call { answers.update { $0 += 1 } })
        return answers.wait { answered in
            if answered == count { return .done(true) }
            return deadline <= .now ? .done(false) : .until(deadline)
        }
    }

    private static func affordable(_ configuration: ServerConfiguration, _ log: Logger) -> ServerConfiguration {
        var configuration = configuration
        let wanted = configuration.limits.connections
        configuration.limits.connections = affordableConnections(wanted)
        if configuration.limits.connections < wanted {
            log.warning(
                "only \(configuration.limits.connections) of \(wanted) connections are allowed: "
                    + "the limit of open files is too low (raise it with ulimit -n or LimitNOFILE)")
        }
        return configuration
    }

    /// What each event loop has answered.
    var tallies: [RequestTally] { context.tallies }

    /// As many connections as wanted, but some descriptors must remain for all else: storage, files, and the Swift
    /// runtime, which crashes when its timers or its monitor of threads cannot open theirs.
    private static func affordableConnections(_ wanted: Int) -> Int {
        let reserve = 256
        let limit = Int(clamping: clinux_raise_descriptor_limit(UInt64(clamping: wanted + reserve)))
        return max(1, min(wanted, limit - min(reserve, limit / 2)))
    }
}
