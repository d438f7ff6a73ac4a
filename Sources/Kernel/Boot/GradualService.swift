import Synchronization

/// Work that has to be done once before the service is ready, and may take any time: what an earlier version has left,
/// what is derived from much data. The start waits for it for a moment. What takes longer goes on beside the requests,
/// which other modules answer meanwhile, and tells its progress in the log and as a check of readiness.
///
/// The work must keep what it has done as it goes, since it may be ended at any moment and begin anew at the next start.
public final class GradualService: Service {
    /// Tells how far the work is.
    public struct Progress: Sendable {
        private let state: Reading
        private let log: Logger
        private let name: String

        fileprivate init(_ state: Reading, _ log: Logger, _ name: String) {
            self.state = state
            self.log = log
            self.name = name
        }

        /// - Parameter text: for operators, such as `12000 notes compared`.
        public func report(_ text: String) {
            if state.tell(text) { log.info("\(name): \(text) so far") }
        }
    }

    /// What is known of the work, and what may be told of it.
    fileprivate final class Reading: Sendable {
        private struct State {
            var text = "it has begun"
            var isDone = false
            var toldAt = ContinuousClock.now
        }

        private let state = Mutex(State())

        /// - Returns: whether it is time to log it.
        func tell(_ text: String) -> Bool {
            state.withLock { state in
                state.text = text
                guard .now - state.toldAt >= GradualService.logInterval else { return false }
                state.toldAt = .now
                return true
            }
        }

        func setDone() { state.withLock { $0.isDone = true } }

        /// nil once the work is done.
        var pending: String? { state.withLock { $0.isDone ? nil : $0.text } }
    }

    public let name: String
    private let log: Logger
    private let reading = Reading()
    private let work: @Sendable (Progress) async throws -> Void
    private let task = Mutex<Task<Void, any Error>?>(nil)

    fileprivate static let logInterval = Duration.seconds(5)
    private static let pause = Duration.seconds(1)

    /// - Parameters:
    ///   - name: of the work, for messages.
    ///   - work: throws `StoreError.unavailable` where it is to be tried again after a while.
    public init(
        _ name: String, log: Logger,
        work: @escaping @Sendable (Progress) async throws -> Void
    ) {
        self.name = name
        self.log = log
        self.work = work
    }

    /// Fails until the work is done.
    public var check: HealthCheck {
        HealthCheck(name) { [reading, name] in
            if let text = reading.pending { throw Unhealthy("\(name) is under way: \(text)") }
        }
    }

    /// How far the work is; nil once it is done.
    public var pending: String? { reading.pending }

    public func start() async throws { try await start(waiting: .zero) }

    /// - Parameter limit: how long to wait for the work's end.
    func start(waiting limit: Duration) async throws {
        let task = Task { try await run() }
        self.task.withLock { $0 = task }
        do {
            try await within(limit) { try await task.value }
        } catch is DeadlineExceeded {
            log.info("\(name) takes longer; the service is not ready until it is done")
        }
    }

    public func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        _ = await task?.result
    }

    /// Tries again after a passing failure, for as long as it takes: each attempt goes on where the last one ended.
    private func run() async throws {
        while true {
            do {
                try await work(Progress(reading, log, name))
                return reading.setDone()
            } catch StoreError.unavailable(let reason, _) {
                log.warning("\(name) waits for the storage: \(reason)")
                try await Task.sleep(for: Self.pause)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                log.error("\(name) has failed: \(error.words)")
                _ = reading.tell("it has failed, and is tried again at the next start: \(error.words)")
                throw error
            }
        }
    }
}
