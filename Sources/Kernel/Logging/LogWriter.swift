import Glibc
import Synchronization

/// Writes log lines to stdout from a thread of its own, so that `write` costs its caller the making of the line and
/// a copy, and never waits for whoever reads the log.
///
/// While the reader is blocked, up to `capacity` bytes are kept; what comes after that is dropped and counted, and a
/// WARNING line says how many once lines flow again. Once the reader is gone for good, lines are dropped silently.
public final class LogWriter: LogSink {
    public static let defaultCapacity = 4 << 20

    private let line: @Sendable (LogEntry, LogScratch) -> Void
    private let queue: LogQueue
    private let threshold: Atomic<Int>
    private let levels: Mutex<Levels>

    /// The level that the configuration says, and one that holds for a while.
    private struct Levels {
        var configured: LogLevel
        var passing: PassingLevel?
        /// How often one was set.
        var turn = 0
    }

    /// A level that holds for a while.
    public struct PassingLevel: Sendable {
        public let level: LogLevel
        public let end: ContinuousClock.Instant
    }

    /// - Parameters:
    ///   - fd: where the lines go.
    ///   - level: the least grave lines that are written.
    ///   - process: what is the same on all of them.
    ///   - form: what they look like.
    ///   - capacity: the bytes that wait for a slow reader at most.
    /// - Throws: `BootIssue` if the system has no thread to spare.
    public init(
        fd: Int32 = STDOUT_FILENO, level: LogLevel, process: LogProcess, form: LogForm = .json,
        capacity: Int = LogWriter.defaultCapacity
    ) throws(BootIssue) {
        line =
            switch form {
            case .json: LogLine(process).write
            case .text(let isColoured): LogTextLine(isColoured: isColoured).write
            }
        queue = LogQueue(capacity: capacity)
        threshold = Atomic(level.rawValue)
        levels = Mutex(Levels(configured: level))
        try LogThread(line: line, queue: queue, file: LogFile(fd: fd)).start()
    }

    deinit { queue.close() }

    /// The least grave lines that are written. May be changed at any time, from any thread; a level that was set for a
    /// while holds until then.
    public var level: LogLevel {
        get { LogLevel(rawValue: threshold.load(ordering: .relaxed)) ?? .info }
        set { change { $0.configured = newValue } }
    }

    /// The level that was set for a while, until that is over.
    public var passing: PassingLevel? { levels.withLock { $0.passing } }

    /// Writes lines of another level for a while, which no change of the system's clock makes longer or shorter.
    /// - Parameters:
    ///   - level: nil to be back at the configured one at once.
    ///   - time: how long.
    ///   - end: is called when that time is over, unless a level was set meanwhile.
    public func set(_ level: LogLevel?, for time: Duration, end: @escaping @Sendable () -> Void = {}) {
        let turn = change { levels in
            levels.passing = level.map { PassingLevel(level: $0, end: .now + time) }
            levels.turn += 1
        }
        guard level != nil else { return }
        Task { [weak self] in
            try? await Task.sleep(for: time)
            var isOver = false
            self?.change { levels in
                isOver = levels.turn == turn
                if isOver { levels.passing = nil }
            }
            if isOver { end() }
        }
    }

    /// - Returns: how often a level for a while was set.
    @discardableResult
    private func change(_ body: (inout Levels) -> Void) -> Int {
        levels.withLock { levels in
            body(&levels)
            threshold.store((levels.passing?.level ?? levels.configured).rawValue, ordering: .relaxed)
            return levels.turn
        }
    }

    public func write(_ entry: LogEntry) {
        guard entry.level.rawValue >= threshold.load(ordering: .relaxed) else { return }
        writeAtAnyLevel(entry)
    }

    /// Writes a line that must not be missing, whatever the level: one about the level.
    func writeAtAnyLevel(_ entry: LogEntry) {
        let scratch = LogScratch.ofThisThread
        line(entry, scratch)
        queue.append(scratch.bytes)
    }

    /// Waits until all lines so far are written. It blocks: not for event loops or tasks.
    /// - Returns: false if that did not happen within the limit.
    @discardableResult
    public func flush(within limit: Duration) -> Bool {
        queue.flush(within: limit)
    }

    /// Writes what waits and ends the thread; later lines are dropped. It blocks: for the very end of the process.
    /// - Returns: false if lines were still waiting at the limit.
    @discardableResult
    public func stop(within limit: Duration) -> Bool {
        queue.close()
        return queue.waitForEnd(within: limit)
    }
}

/// The thread that writes.
private final class LogThread: Sendable {
    /// How long lines may wait for company: short for a reader, long enough for hundreds of lines.
    private static let lingering = Duration.milliseconds(5)

    private let line: @Sendable (LogEntry, LogScratch) -> Void
    private let queue: LogQueue
    private let file: LogFile

    init(line: @escaping @Sendable (LogEntry, LogScratch) -> Void, queue: LogQueue, file: LogFile) {
        self.line = line
        self.queue = queue
        self.file = file
    }

    /// The thread takes no signals, SIGPIPE among them, which is raised in the thread that writes and must not end the
    /// process when the reader of stdout is gone.
    func start() throws(BootIssue) {
        try OwnThread.start("log-writer") { self.run() }
    }

    private func run() {
        var buffer: [UInt8] = []
        while var batch = queue.take(reusing: buffer) {
            if batch.dropped > 0 { appendNotice(of: batch.dropped, to: &batch.lines) }
            if file.write(batch.lines, waitingIn: queue) != .written { break }
            queue.settle()
            // A burst's memory is not kept.
            buffer = batch.lines.capacity > 256 << 10 ? [] : batch.lines
            buffer.removeAll(keepingCapacity: true)
            queue.linger(for: Self.lingering)
        }
        queue.end()
    }

    private func appendNotice(of dropped: Int, to lines: inout [UInt8]) {
        let scratch = LogScratch.ofThisThread
        let message =
            "\(dropped) log line\(dropped == 1 ? " was" : "s were") dropped: the reader of the log is too slow"
        line(LogEntry(level: .warning, logger: "kernel.log", message: message), scratch)
        lines += scratch.bytes
    }
}
