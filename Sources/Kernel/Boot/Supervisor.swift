import Synchronization

/// Keeps a long-running service running: starts it, begins its `run` again when that has ended, and ends it.
final class Supervisor: Service {
    static let restartFamily = MetricFamily(
        .counter, "service_restarts_total",
        "Times that a service of a module was begun again because it had ended")

    /// How long to wait after a failure, and how much of it to put up with.
    private enum Bounds {
        static let firstPause = 0.1
        static let longestPause = 30.0
        /// After so long the failures of before are forgotten.
        static let steady = Duration.seconds(10)
        /// So many failures in a row are no accident.
        static let tolerated = 3
    }

    private struct State {
        var task: Task<Void, Never>?
        /// In a row, none of them behind a time in which the service ran steadily.
        var failures = 0
        var reason: String?
    }

    let restarts = Counter()
    private let service: any LongRunningService
    private let log: Logger
    private let state = Mutex(State())

    init(_ service: any LongRunningService, log: Logger) {
        self.service = service
        self.log = log
    }

    var name: String { service.name }

    /// Fails while the service keeps ending.
    var check: HealthCheck {
        HealthCheck("service \(name)") { [self] in
            let (failures, reason) = state.withLock { ($0.failures, $0.reason) }
            if failures >= Bounds.tolerated, let reason {
                throw Unhealthy("\(name) ended \(failures) times: \(reason)")
            }
        }
    }

    func start() async throws {
        try await service.start()
        let task = Task { await keepRunning() }
        state.withLock { $0.task = task }
    }

    func stop() async {
        let task = state.withLock { $0.task }
        task?.cancel()
        await task?.value
        await service.stop()
    }

    private func keepRunning() async {
        while true {
            let steadiness = Task {
                try await Task.sleep(for: Bounds.steady)
                isSteady()
            }
            let reason: String
            do {
                try await service.run()
                reason = "it has returned"
            } catch {
                reason = error.words
            }
            steadiness.cancel()
            if Task.isCancelled { return }
            let failures = failed(reason)
            let longest = min(Bounds.firstPause * Double(1 << min(failures - 1, 20)), Bounds.longestPause)
            try? await Task.sleep(for: .seconds(longest * .random(in: 0.5...1)))
            if Task.isCancelled { return }
            restarts.add()
        }
    }

    /// Tells of a failure, unless it is the same as the last one.
    /// - Returns: how many there were in a row.
    private func failed(_ reason: String) -> Int {
        let (failures, isNews) = state.withLock { state in
            state.failures += 1
            defer { state.reason = reason }
            return (state.failures, state.reason != reason)
        }
        if isNews { log.warning("\(name) has ended and is begun again: \(reason)") }
        return failures
    }

    private func isSteady() {
        let hadFailed = state.withLock { state in
            defer { (state.failures, state.reason) = (0, nil) }
            return state.failures > 0
        }
        if hadFailed { log.info("\(name) is running again") }
    }
}
