import CLinux
import Glibc
import Synchronization

/// What the event loops of one server have in common. Immutable but for its locks and atomics.
final class ServerContext: Sendable {
    typealias Handler = @Sendable (Request) async -> Response
    typealias Rejection = @Sendable (HTTPError, RequestID, Headers) -> Response
    typealias Admit = @Sendable (Request) async -> Admission

    let handler: Handler
    let immediate: (@Sendable (Request) -> Response?)?
    let admission: Admit?
    let rejection: Rejection
    let access: (@Sendable (AccessRecord) -> Void)?
    let log: Logger
    let routes: Int
    let requestIDPrefix: String

    /// Of request bodies that are arriving or with their handlers.
    let bodyBytes = Atomic(0)
    private let state: Mutex<State>

    private struct State {
        /// For loops that are yet to start; each of the others has its own copy.
        var settings: ServerSettings
        var loops: [EventLoop] = []
        /// Those of loops that have stopped as well.
        var tallies: [RequestTally] = []
        var running = 0
        var isDraining = false
        /// What the loops had counted when they stopped.
        var finalCounters = ServerCounters()
        var waiters: [CheckedContinuation<Void, Never>] = []
        var lastWarnings: [Warning: Int64] = [:]
    }

    init(
        _ configuration: ServerConfiguration, log: Logger, routes: Int, rejection: @escaping Rejection,
        access: (@Sendable (AccessRecord) -> Void)?, immediate: (@Sendable (Request) -> Response?)?,
        admission: Admit?, handler: @escaping Handler
    ) {
        state = Mutex(State(settings: ServerSettings(configuration)))
        self.handler = handler
        self.immediate = immediate
        self.admission = admission
        self.rejection = rejection
        self.access = access
        self.log = log
        self.routes = routes
        requestIDPrefix = configuration.requestIDPrefix
    }
}

extension ServerContext {
    func started(_ loops: [EventLoop]) {
        state.withLock {
            $0.loops = loops
            $0.tallies = loops.map(\.tally)
            $0.running = loops.count
        }
    }

    /// Called by each loop when it has closed its last connection.
    func loopStopped() {
        let waiters = state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
            for loop in state.loops { loop.counters.add(to: &state.finalCounters) }
            state.loops = []
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until every loop has closed its connections.
    func allStopped() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.running > 0 { state.waiters.append(continuation) }
                return state.running == 0
            }
            if isOver { continuation.resume() }
        }
    }

    var openConnections: Int {
        state.withLock { $0.loops.reduce(0) { $0 + $1.counters.openConnections.value } }
    }

    /// Gives an accepted connection to a loop that has at least two fewer, so that a burst accepted by one loop is
    /// shared by all, while a client that makes one connection after the other never changes threads. False if there
    /// is none.
    func handOver(_ fd: Int32, from loop: EventLoop) -> Bool {
        let own = loop.counters.openConnections.value
        return state.withLock { state in
            let emptiest = state.loops.min { $0.counters.openConnections.value < $1.counters.openConnections.value }
            guard !state.isDraining, let emptiest, emptiest.counters.openConnections.value + 1 < own else {
                return false
            }
            emptiest.counters.openConnections.addShared(1)
            emptiest.post(.adopt(fd))
            return true
        }
    }

    /// Tells every loop to end. After that no connection is handed over, so that none can reach a loop that has
    /// stopped.
    func end(_ message: LoopMessage) {
        state.withLock { state in
            state.isDraining = true
            for loop in state.loops { loop.post(message) }
        }
    }

    /// Tells every loop that has not stopped, and returns how many.
    @discardableResult
    func broadcast(_ message: LoopMessage) -> Int {
        state.withLock { state in
            for loop in state.loops { loop.post(message) }
            return state.loops.count
        }
    }

    var settings: ServerSettings { state.withLock { $0.settings } }

    /// Puts other limits and deadlines in force, for everything that begins from now on.
    func apply(_ settings: ServerSettings) {
        state.withLock { state in
            state.settings = settings
            for loop in state.loops { loop.post(.settings(settings)) }
        }
    }

    var tallies: [RequestTally] { state.withLock { $0.tallies } }

    var counters: ServerCounters {
        state.withLock { state in
            var total = state.finalCounters
            for loop in state.loops { loop.counters.add(to: &total) }
            return total
        }
    }
}

extension ServerContext {
    /// Conditions that clients can cause over and over; each is told once in ten seconds.
    enum Warning: Hashable {
        case descriptors, connections
    }

    func warn(_ warning: Warning, _ message: () -> String) {
        let now = clinux_coarse_milliseconds()
        let isDue = state.withLock { state in
            if let last = state.lastWarnings[warning], now - last < 10_000 { return false }
            state.lastWarnings[warning] = now
            return true
        }
        if isDue { log.warning(message()) }
    }
}
