import Kernel
import Synchronization

/// The keys that tokens are verified with: fetched on a thread of their own, kept and renewed. The last good set goes
/// on serving while no other can be had; whoever waits for keys shares one fetch.
final class KeyStore: Sendable {
    /// How often a token that names an unknown key may cause a fetch: anybody can make such tokens.
    private static let unknownKeyInterval = Duration.seconds(10)
    /// How soon after a failed fetch a request may cause another one, while there are no keys at all.
    private static let retryInterval = Duration.seconds(1)

    private struct State {
        var keys: KeySet?
        /// Why the last fetch failed; nil after one that did not.
        var problem: String?
        var failures = 0
        /// Of the last fetch that gave a set to serve with, changed or not.
        var lastSuccess: ContinuousClock.Instant?
        /// When the thread fetches by itself.
        var due = ContinuousClock.now
        var lastFetch: ContinuousClock.Instant?
        var lastUnknownKey: ContinuousClock.Instant?
        /// From the moment in which a fetch is wanted until its outcome is known.
        var isFetching = false
        /// Of the request that caused the fetch, if one did.
        var trace: TraceContext?
        var waiters: [CheckedContinuation<Step, Never>] = []
        var isStopped = false
    }

    private enum Step {
        case found([SigningKey])
        case unknown
        case unavailable
        /// A fetch has ended; look again.
        case again
    }

    private let fetcher: KeyFetcher
    private let lifetime: Duration
    private let log: Logger
    private let state = Monitor(State())
    private let generations = Atomic<Int>(0)
    private let fetches: Counter
    private let failedFetches: Counter

    /// - Parameter lifetime: after how long a fetched set is fetched again.
    init(fetcher: KeyFetcher, lifetime: Duration, log: Logger, metrics: Metrics) {
        self.fetcher = fetcher
        self.lifetime = lifetime
        self.log = log
        fetches = metrics.counter(Self.fetchesFamily)
        failedFetches = metrics.counter(Self.failedFetchesFamily)
        metrics.collect([Self.age, Self.keyCount]) { [weak self] in self?.samples ?? [] }
    }

    /// Counts the sets of keys that differ from the one before: what was verified with another set than the present
    /// one is to be verified anew.
    var generation: Int { generations.load(ordering: .acquiring) }

    func start() throws(BootIssue) {
        try OwnThread.start("key fetcher") { self.run() }
    }

    /// Lets the thread end, after the fetch under way if there is one; nobody has to wait for that.
    func stop() {
        let waiters = state.update { state in
            state.isStopped = true
            return Self.takeWaiters(&state)
        }
        for waiter in waiters { waiter.resume(returning: .unavailable) }
    }

    /// The keys with an id; none if the issuer has none.
    /// - Parameter trace: of the request that asks.
    /// - Throws: 503 if no keys can be had.
    func keys(_ id: String, for trace: TraceContext?) async throws(HTTPError) -> [SigningKey] {
        while true {
            let step = await withCheckedContinuation { continuation in
                let step = state.update { state -> Step? in
                    let isIdle = !state.isFetching
                    let step = Self.step(for: id, &state)
                    if isIdle, state.isFetching { state.trace = trace }
                    if step == nil { state.waiters.append(continuation) }
                    return step
                }
                if let step { continuation.resume(returning: step) }
            }
            switch step {
            case .found(let keys): return keys
            case .unknown: return []
            case .unavailable: throw .keysUnavailable
            case .again: continue
            }
        }
    }

    /// The keys with an id that need not be fetched first.
    func atHand(_ id: String) -> [SigningKey] { state.read { $0.keys?[id] ?? [] } }

    /// - Throws: what is wrong with the keys, for the readiness check. Serving the last good set is no failure.
    func checkHealth() throws(Unhealthy) {
        let problem = state.read { state -> String? in
            switch state.keys?.count {
            case nil: "no signing keys yet: \(state.problem ?? "they are being fetched")"
            case 0: "the key set has no usable key (RSA, at least 2048 bits, for signatures, with kid)"
            default: nil
            }
        }
        if let problem { throw Unhealthy(problem) }
    }

    /// What is known about a key at this moment, or nil after seeing to it that a fetch is under way.
    private static func step(for id: String, _ state: inout State) -> Step? {
        if state.isStopped { return .unavailable }
        if let keys = state.keys?[id], !keys.isEmpty { return .found(keys) }
        if state.isFetching { return nil }
        let now = ContinuousClock.now
        if state.keys == nil {
            if let last = state.lastFetch, now - last < retryInterval { return .unavailable }
        } else {
            if let last = state.lastUnknownKey, now - last < unknownKeyInterval { return .unknown }
            state.lastUnknownKey = now
        }
        state.isFetching = true
        return nil
    }

    private static func takeWaiters(_ state: inout State) -> [CheckedContinuation<Step, Never>] {
        defer { state.waiters = [] }
        return state.waiters
    }
}

// What follows runs on the thread that fetches.
extension KeyStore {
    private func run() {
        while isFetchDue() {
            let outcome: Result<KeySet, KeyFetchFailure>
            do throws(KeyFetchFailure) {
                outcome = .success(try fetcher.fetch(for: state.read(\.trace)))
            } catch {
                outcome = .failure(error)
            }
            let waiters = state.update { state in
                take(outcome, &state)
                return Self.takeWaiters(&state)
            }
            for waiter in waiters { waiter.resume(returning: .again) }
        }
    }

    /// Waits until keys are to be fetched; false at the end.
    private func isFetchDue() -> Bool {
        state.wait { state in
            if state.isStopped { return .done(false) }
            if !state.isFetching, state.due > .now { return .until(state.due) }
            state.isFetching = true
            return .done(true)
        }
    }

    private func take(_ outcome: Result<KeySet, KeyFetchFailure>, _ state: inout State) {
        let now = ContinuousClock.now
        state.isFetching = false
        state.trace = nil
        state.lastFetch = now
        fetches.add()
        switch outcome {
        case .success(let keys) where keys.count > 0 || (state.keys?.count ?? 0) == 0:
            if state.problem != nil { log.info("the signing keys can be fetched again") }
            state.problem = nil
            state.failures = 0
            state.lastSuccess = now
            // A set without a usable key is a mistake that somebody is about to correct.
            state.due = now + (keys.count > 0 ? lifetime : .seconds(10))
            guard state.keys.map({ !keys.isSame(as: $0) }) ?? true else { return }
            let unusable = keys.unusableCount > 0 ? ", \(keys.unusableCount) unusable ones left out" : ""
            log.info("signing keys: \(keys.count)\(unusable)")
            state.keys = keys
            generations.add(1, ordering: .releasing)
        case .success:
            fail("the key set has no usable key any more", &state)
        case .failure(let failure):
            fail(failure.reason, &state)
        }
    }

    private func fail(_ reason: String, _ state: inout State) {
        if state.problem != reason {
            let serving = (state.keys?.count ?? 0) > 0 ? "; the last good ones go on serving" : ""
            log.warning("the signing keys cannot be fetched: \(reason)\(serving)")
        }
        state.problem = reason
        state.failures += 1
        failedFetches.add()
        let pause = Duration.seconds(1 << min(state.failures - 1, 6))
        state.due = ContinuousClock.now + min(pause, state.keys == nil ? .seconds(5) : .seconds(60))
    }
}

extension KeyStore {
    private var samples: [MetricSample] {
        let (count, lastSuccess) = state.read { ($0.keys?.count ?? 0, $0.lastSuccess) }
        let keys = [MetricSample(Self.keyCount, count)]
        return keys + (lastSuccess.map { [MetricSample(Self.age, (ContinuousClock.now - $0) / .seconds(1))] } ?? [])
    }

    private static let age = MetricFamily(
        .gauge, "jwks_age_seconds",
        "How long ago the keys were last fetched; not there before the first time")
    private static let keyCount = MetricFamily(.gauge, "jwks_keys", "Keys that tokens can be verified with")
    private static let fetchesFamily = MetricFamily(.counter, "jwks_fetches_total", "Fetches of the keys")
    private static let failedFetchesFamily = MetricFamily(
        .counter, "jwks_fetch_failures_total",
        "Fetches of the keys that failed, or that gave no usable key where there had been some")
}
