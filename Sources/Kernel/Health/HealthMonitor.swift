import Synchronization

/// Answers whether the service can do its work: whether it is in its `ready` phase, and whether its checks pass. The
/// checks run when somebody asks, at most once a second, and everybody who asks meanwhile shares that run.
final class HealthMonitor: Sendable {
    /// The outcome of one check.
    struct Outcome: Sendable {
        let name: String
        let at: ContinuousClock.Instant
        /// What is wrong; nil if all is well.
        let problem: String?
    }

    private struct State {
        var isServing = false
        var isServingSince = ContinuousClock.now
        var outcomes: [Outcome] = []
        var at: ContinuousClock.Instant?
        var run: Task<[Outcome], Never>?
    }

    private static let freshness = Duration.seconds(1)

    private let checks: [HealthCheck]
    private let log: Logger
    private let state = Mutex(State())

    init(_ checks: [HealthCheck], log: Logger) {
        self.checks = checks
        self.log = log
    }

    /// Whether the service is between the end of its start and the beginning of its end.
    var isServing: Bool {
        get { state.withLock { $0.isServing } }
        set {
            state.withLock {
                $0.isServing = newValue
                $0.isServingSince = .now
            }
        }
    }

    /// `isServing`, told as a check.
    var lifecycle: Outcome {
        state.withLock { state in
            Outcome(
                name: "lifecycle", at: state.isServingSince,
                problem: state.isServing ? nil : "the service is starting or stopping")
        }
    }

    /// The outcomes of the checks, none older than a second.
    func outcomes() async -> [Outcome] {
        let now = ContinuousClock.now
        let (fresh, run) = state.withLock { state -> ([Outcome]?, Task<[Outcome], Never>?) in
            if let at = state.at, now - at < Self.freshness { return (state.outcomes, nil) }
            if state.run == nil { state.run = Task { await self.runChecks() } }
            return (nil, state.run)
        }
        if let fresh { return fresh }
        return await run?.value ?? []
    }

    private func runChecks() async -> [Outcome] {
        let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await Self.run(check)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let before = state.withLock { state in
            defer {
                state.outcomes = outcomes
                state.at = ContinuousClock.now
                state.run = nil
            }
            return state.outcomes
        }
        logChanges(from: before, to: outcomes)
        return outcomes
    }

    private static func run(_ check: HealthCheck) async -> Outcome {
        do {
            try await within(check.timeout, check.run)
            return Outcome(name: check.name, at: .now, problem: nil)
        } catch {
            return Outcome(name: check.name, at: .now, problem: error.words)
        }
    }

    private func logChanges(from before: [Outcome], to now: [Outcome]) {
        for outcome in now {
            let previous = before.first { $0.name == outcome.name }?.problem
            if let problem = outcome.problem, problem != previous {
                log.warning("check '\(outcome.name)' fails: \(problem)")
            } else if outcome.problem == nil, previous != nil {
                log.info("check '\(outcome.name)' passes again")
            }
        }
    }
}
