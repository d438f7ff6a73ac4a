import Synchronization

/// Work that is done again and again, one turn after the other.
final class PeriodicWork: LongRunningService {
    let name: String
    private let interval: @Sendable () -> Duration
    private let jitter: Double
    private let log: Logger
    private let work: @Sendable () async throws -> Void
    /// Why the last turn failed; nil if it did not.
    private let failure = Mutex<String?>(nil)

    /// - Parameter jitter: by what part of the interval a pause may be shorter or longer.
    init(
        _ name: String, every interval: @escaping @Sendable () -> Duration, jitter: Double, log: Logger,
        _ work: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.interval = interval
        self.jitter = min(max(jitter, 0), 1)
        self.log = log
        self.work = work
    }

    /// Instances that start together do not work together: the first turn comes after any part of the interval.
    func run() async throws {
        try await pause(.random(in: 0...1))
        while true {
            do {
                try await work()
                tell(nil)
            } catch {
                try Task.checkCancellation()
                tell(error.words)
            }
            try await pause(1 + jitter * .random(in: -1...1))
        }
    }

    private func pause(_ part: Double) async throws {
        try await Task.sleep(for: max(interval() * part, .milliseconds(1)))
    }

    /// Logs what has changed since the last turn.
    private func tell(_ problem: String?) {
        let before = failure.withLock { failure in
            defer { failure = problem }
            return failure
        }
        guard problem != before else { return }
        if let problem {
            log.warning("\(name) has failed and is tried again at its next turn: \(problem)")
        } else {
            log.info("\(name) works again")
        }
    }
}

extension Registrar {
    /// Has `work` done again and again while the service runs: turns never overlap, each pause is `interval` give or
    /// take `jitter`, and the first turn comes after any part of one, so that instances that start together do not work
    /// together. A turn that fails is told of once, until that changes, and the next one tries again. At the stop a turn
    /// under way is cancelled, and no other one begins.
    ///
    /// - Parameters:
    ///   - interval: asked for before each pause, so that it may be reloadable; a millisecond at least.
    ///   - name: of the work, for messages.
    ///   - jitter: from 0 to 1.
    ///   - work: must not block a thread, and must end soon when it is cancelled.
    public func every(
        _ interval: @escaping @autoclosure @Sendable () -> Duration, _ name: String, jitter: Double = 0.1,
        _ work: @escaping @Sendable () async throws -> Void
    ) {
        service(PeriodicWork(name, every: interval, jitter: jitter, log: log, work))
    }
}
