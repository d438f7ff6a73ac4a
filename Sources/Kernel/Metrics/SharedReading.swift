import Synchronization

/// One reading that all scrapes share: only one is ever under way, and what it found is used again for a moment. A
/// reading that hangs costs the scrape that began it its patience, and later ones nothing.
final class SharedReading: Sendable {
    private struct State {
        /// What was read last, and when; nil if that failed.
        var found: (samples: [MetricSample], at: ContinuousClock.Instant)?
        var problem: String?
        var startedAt = ContinuousClock.now
        /// How long the last one took; nil before its end.
        var duration: Duration?
        var run: Task<Void, Never>?
    }

    /// What was read stays usable for scrapes that come while the next reading takes too long.
    private static let validity = Duration.seconds(60)

    /// How long no other reading is begun: a second, or so much longer after one that took long that reading takes a
    /// small part of the time.
    private static func freshness(after state: State) -> Duration {
        guard state.found != nil, let duration = state.duration else { return .seconds(1) }
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

    /// What was read, by this call or another; nothing if that fails or is not there by the deadline.
    func samples(by deadline: ContinuousClock.Instant) async -> [MetricSample] {
        let (run, end) = state.withLock { state -> (Task<Void, Never>?, ContinuousClock.Instant) in
            let now = ContinuousClock.now
            if state.run == nil {
                if let duration = state.duration, now < state.startedAt + duration + Self.freshness(after: state) {
                    return (nil, now)
                }
                state.startedAt = now
                state.run = Task(executorPreference: ThreadExecutor.readings) { await self.runOnce() }
            }
            return (state.run, min(deadline, state.startedAt + Metrics.patience))
        }
        let rest = end - .now
        if let run, rest > .zero { try? await within(rest) { await run.value } }
        if let found = state.withLock({ $0.found }), .now - found.at < Self.validity { return found.samples }
        errors.add()
        return []
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
                state.found = nil
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
        .counter, "job_service_scrape_errors_total",
        "Scrapes without the series of a reading, because it failed or came too late")
    private static let durationFamily = MetricFamily(
        .gauge, "job_service_scrape_reading_duration_seconds", "How long the last reading took")
    private static let ageFamily = MetricFamily(
        .gauge, "job_service_scrape_reading_age_seconds", "How long ago what this scrape shows of a reading was read")

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
