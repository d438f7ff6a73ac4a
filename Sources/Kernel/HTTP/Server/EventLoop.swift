import CLinux
import Glibc
import Synchronization

/// One thread with one epoll: it owns its connections, reads and answers their requests, and executes the handlers'
/// tasks. Everything but the inbox and the counters is touched by its own thread only.
///
/// Safe to share because other threads reach only `enqueue` and `post`, which lock, and atomic counters.
final class EventLoop: TaskExecutor, @unchecked Sendable {
    let server: ServerContext
    let listener: ListeningSocket
    let counters = LoopCounters()
    let tally: RequestTally
    let inbox: LoopInbox
    let epoll: Int32

    /// By descriptor.
    var connections: [Connection?] = []
    var connectionCount = 0
    var generation: UInt32 = 0
    /// Tasks of handlers that have not ended, those given up included.
    var taskCount = 0
    /// Milliseconds; read once a turn.
    var now: Int64 = 0
    let deadlines = DeadlineTable()
    var alarm = LoopAlarm()

    /// Pieces of tasks and messages from this very thread, which need no lock.
    var localMessages: [LoopMessage] = []
    var isInboxSignalled = false
    let turn = Turn()
    var line = TurnLine()
    /// How many connections want a turn besides those in the line.
    var crowd = 0
    /// Connections that a task has written to during this turn.
    var unflushed: [Connection] = []

    /// The limits and deadlines in force; replaced as a whole, between two turns.
    var settings: ServerSettings
    var parser: RequestParser
    var input: UnsafeMutablePointer<UInt8>
    var inputCapacity: Int
    let output = OutputBuffer(capacity: 128 << 10)
    var date = HTTPDate()
    var requestIDs: RequestIDGenerator

    var isListening = false
    var isListenerReleased = false
    /// Whether connections may be handed over to loops that have fewer; no more once draining.
    var sharesConnections = true
    /// When to listen again after descriptors ran out.
    var listenAgainAt = Int64.max
    /// Whether connections are kept after a response; no more once the server is about to stop.
    var keepsConnections = true
    /// Whether streams without an end of their own are told to end.
    var endsStreams = false
    var isDraining = false
    var drainDeadline = Int64.max
    var isStopped = false

    init(_ server: ServerContext, listener: ListeningSocket, name: String) throws(BootIssue) {
        self.server = server
        requestIDs = RequestIDGenerator(prefix: server.requestIDPrefix)
        self.listener = listener
        tally = RequestTally(routes: server.routes)
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        inbox = LoopInbox(name: name)
        settings = server.settings
        parser = RequestParser(settings.limits)
        inputCapacity = settings.inputCapacity
        input = .allocate(capacity: inputCapacity)
        now = clinux_coarse_milliseconds()
        guard epoll >= 0, inbox.eventDescriptor >= 0, alarm.descriptor >= 0,
            clinux_epoll_add(epoll, inbox.eventDescriptor, CLINUX_IN, Self.inboxTag) == 0,
            clinux_epoll_add(epoll, alarm.descriptor, CLINUX_IN | CLINUX_EDGE_TRIGGERED, Self.alarmTag) == 0
        else {
            throw BootIssue(.environment, "cannot create an event loop: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if epoll >= 0 { close(epoll) }
        input.deallocate()
    }

    /// Events carry a descriptor and its connection's generation, which starts at 1, so that a late event of a
    /// descriptor closed meanwhile is not taken for one of its successor.
    static let inboxTag: UInt64 = 0
    static let listenerTag: UInt64 = 1
    static let alarmTag: UInt64 = 2

    /// The thread's main function: returns once the loop is stopped and the last task on it has ended.
    func run() {
        inbox.adoptCurrentThread()
        listen()
        let capacity = 256
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        defer { events.deallocate() }
        while !isStopped || taskCount > 0 {
            alarm.set(noLaterThan: deadlines.nextCheck)
            let mayWait = localMessages.isEmpty && line.isEmpty
            let count = epoll_wait(epoll, events, Int32(capacity), mayWait ? -1 : 0)
            now = clinux_coarse_milliseconds()
            crowd = Int(count)
            for index in 0..<max(0, Int(count)) {
                handle(tag: clinux_event_data(events + index), flags: clinux_event_flags(events + index))
            }
            runMessages()
            runTurns()
            flushWritten()
            if now >= deadlines.nextCheck { checkDeadlines() }
        }
    }

    @inline(__always)
    private func handle(tag: UInt64, flags: UInt32) {
        let generation = UInt32(truncatingIfNeeded: tag >> 32)
        if generation == 0 {
            switch tag {
            case Self.listenerTag: acceptConnections()
            case Self.alarmTag: alarm.wentOff()
            default: isInboxSignalled = true
            }
            return
        }
        let fd = Int(truncatingIfNeeded: tag & 0xffff_ffff)
        guard fd < connections.count, let connection = connections[fd], connection.generation == generation else {
            return
        }
        connection.handle(flags)
    }

    private func flushWritten() {
        while let connection = unflushed.popLast() { connection.flushWritten() }
    }
}
