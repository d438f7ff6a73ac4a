import Synchronization

/// One reading that all scrapes share: only one is ever under way, and what it found last is shown again by scrapes that
/// come before the next is due, or while the storage does not answer, with its age beside it. A reading that hangs or
/// fails costs one scrape its patience, and later ones nothing.
final class SharedReading: Sendable {
    private struct State {
        /// What was read last, and when.
        var found: (samples: [MetricSample], at: ContinuousClock.Instant)?
        /// Why nothing has been read since.
        var problem: String?
        var startedAt = ContinuousClock.now
        /// How long the last one took; nil before its end.
        var duration: Duration?
        var run: Task<Void, Never>?
    }

    /// How long a scrape waits for what it could show as it was a while ago, and for what it could not.
    private static let patience = Duration.milliseconds(250)
    private static let firstPatience = Duration.seconds(2)
    /// From when on a reading that is under way counts as one that failed.
    private static let lateness = Duration.seconds(2)

    /// How long no other reading is begun: a second, or so much longer after one that took long that reading takes a
    /// small part of the time.
    private static func freshness(after state: State) -> Duration {
        guard state.problem == nil, let duration = state.duration else { return .seconds(1) }
        return min(max(.seconds(1), duration * 10), .seconds(15))
    }

    private let name: String
    private let log: Logger
    private let read: @Sendable () async throws -> [MetricSample]
    private let errors = Counter()
    private let state = Mutex(State())

    init(_ name: String, log: Logger, _ read: @escaping @Sendable () async throws -> [MetricSample]) {
        self.name = name
        self.log = log
        self.read = read
    }

    /// What was read last, by this call or another; nothing if nothing ever was.
    func samples() async -> [MetricSample] {
        let (run, end) = state.withLock { state -> (Task<Void, Never>?, ContinuousClock.Instant) in
            let now = ContinuousClock.now
            if state.run == nil {
                if let duration = state.duration, now < state.startedAt + duration + Self.freshness(after: state) {
                    return (nil, now)
                }
                state.startedAt = now
                state.run = Task(executorPreference: ThreadExecutor.readings) { await self.runOnce() }
            }
            guard state.found != nil else { return (state.run, state.startedAt + Self.firstPatience) }
            // After a failure the next reading is not waited for: it will likely fail as well, and take its time.
            return (state.run, state.problem == nil ? state.startedAt + Self.patience : now)
        }
        let rest = end - .now
        if let run, rest > .zero { try? await within(rest) { await run.value } }
        let (found, isCurrent) = state.withLock { state in
            (state.found?.samples, state.problem == nil && (state.run == nil || .now < state.startedAt + Self.lateness))
        }
        if found == nil || !isCurrent { errors.add() }
        return found ?? []
    }

    private func runOnce() async {
        let result: Result<[MetricSample], any Error>
        do {
            result = .success(try await read())
        } catch {
            result = .failure(error)
        }
        let (before, now) = state.withLock { state in
            let before = state.problem
            switch result {
            case .success(let samples):
                state.found = (samples, state.startedAt)
                state.problem = nil
            case .failure(let error):
                state.problem = error.words
            }
            state.duration = .now - state.startedAt
            state.run = nil
            return (before, state.problem)
        }
        if let now, before == nil {
            log.warning("the metrics '\(name)' cannot be read: \(now)")
        } else if now == nil, before != nil {
            log.info("the metrics '\(name)' can be read again")
        }
    }
}

// What a scrape tells about itself.
extension SharedReading {
    static let families = [errorFamily, durationFamily, ageFamily]

    private static let errorFamily = MetricFamily(
        .counter, "scrape_errors_total",
        "Scrapes that show an older reading than they should, or none, because it failed or came too late")
    private static let durationFamily = MetricFamily(
        .gauge, "scrape_reading_duration_seconds", "How long the last reading took")
    private static let ageFamily = MetricFamily(
        .gauge, "scrape_reading_age_seconds", "How long ago what this scrape shows of a reading was read")

    var ownSamples: [MetricSample] {
        let labels: MetricLabels = ["reading": name]
        var samples = [MetricSample(Self.errorFamily, labels, errors.value)]
        let (duration, at) = state.withLock { ($0.duration, $0.found?.at) }
        if let duration { samples.append(MetricSample(Self.durationFamily, labels, duration / .seconds(1))) }
        if let at {
            samples.append(MetricSample(Self.ageFamily, labels, (ContinuousClock.now - at) / .seconds(1)))
        }
        return samples
    }
}

extension ThreadExecutor {
    /// For reading what a scrape shows, and writing its text.
    static let metrics = ThreadExecutor("metrics")
    /// For what may take longer, so that scrapes need not wait for it.
    static let readings = ThreadExecutor("metric reading")
}
