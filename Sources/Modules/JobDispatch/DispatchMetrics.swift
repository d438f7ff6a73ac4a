import Kernel

/// What operators see of jobs that are handed out.
struct DispatchMetrics: Sendable {
    let lost: Counter
    private let refused: [Refusal: Counter]
    private let granted: Counter
    private let repeated: Counter
    private let empty: Counter
    private let waits = Histogram.waits()

    private static let claims = MetricFamily(
        .counter, "dispatch_claims_total", "Claims that this process has answered, by what has become of them")
    private static let wait = MetricFamily(
        .histogram, "dispatch_claim_wait_seconds", "How long those waited for their job who got one")
    private static let waiting = MetricFamily(
        .gauge, "dispatch_claims_waiting", "Executors that wait for a job at this process")
    private static let losses = MetricFamily(
        .counter, "dispatch_leases_lost_total", "Leases whose holders this process has found silent for too long")
    private static let leases = MetricFamily(
        .gauge, "dispatch_leases", "Jobs that are handed out, by the state of their lease")
    private static let age = MetricFamily(
        .gauge, "dispatch_oldest_beat_age_seconds",
        "For how long the live lease has been silent, as this process sees it, that has been so for longest; 0 if there is none"
    )

    init(in metrics: Metrics, line: ClaimLine) {
        granted = metrics.counter(Self.claims, ["outcome": "granted"])
        repeated = metrics.counter(Self.claims, ["outcome": "repeated"])
        empty = metrics.counter(Self.claims, ["outcome": "empty"])
        refused = Dictionary(
            uniqueKeysWithValues: Refusal.allCases.map {
                ($0, metrics.counter(Self.claims, ["outcome": "refused", "reason": $0.rawValue]))
            })
        lost = metrics.counter(Self.losses)
        metrics.add(waits, as: Self.wait)
        metrics.gauge(Self.waiting) { Double(line.count) }
    }

    /// Adds what is read from the store.
    func read(_ register: DispatchRegister, in metrics: Metrics) {
        metrics.reading("dispatch", [Self.leases, Self.age]) {
            let leases = try await register.store.read { try register.leases.active(in: $0) }
            let ages = leases.filter { $0.state == .live }.map { register.clock.age(of: $0) / .seconds(1) }
            let states = [Lease.State.live, .held, .delayed].map { state in
                MetricSample(
                    Self.leases, ["state": state.rawValue], leases.count { $0.state == state })
            }
            return states + [MetricSample(Self.age, ages.max() ?? 0)]
        }
    }

    func count(_ outcomes: [Int: Result<ClaimLine.Outcome, any Error>], of tickets: [ClaimLine.Ticket]) {
        for ticket in tickets {
            guard case .success(.granted(let grant)) = outcomes[ticket.number] else { continue }
            (grant.isRepeated ? repeated : granted).add()
            if !grant.isRepeated { waits.observe(ContinuousClock.now - ticket.since) }
        }
    }

    func countEmpty() { empty.add() }

    func count(_ refusal: Refusal) { refused[refusal]?.add() }

    /// Why a claim got no answer that says what has become of it.
    enum Refusal: String, CaseIterable {
        case tooMany = "too-many-claims"
        case reused = "claim-reused"
        case ended = "claim-ended"
        case stopping
        /// The store did not take it, or anything else went wrong.
        case failed

        init(_ error: any Error) {
            let code = (error as? HTTPError)?.code.split(separator: ".").last.map(String.init)
            self = code.flatMap(Self.init) ?? .failed
        }
    }
}

extension Histogram {
    /// For times in nanoseconds, from 10 ms to the longest wait.
    fileprivate static func waits() -> Histogram {
        let milliseconds = [10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 20_000]
        return Histogram(bounds: milliseconds.map { $0 * 1_000_000 }, scale: 1e9)
    }
}
