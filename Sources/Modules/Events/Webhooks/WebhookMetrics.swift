import Kernel

/// What operators see of one webhook.
struct WebhookMetrics: Sendable {
    let delivered: Counter
    let failed: Counter
    let jumped: Counter

    private static let deliveries = MetricFamily(
        .counter, "webhook_deliveries_total", "Attempts of this process to deliver an event, by outcome")
    private static let jumps = MetricFamily(
        .counter, "webhook_jumps_total",
        "Times that a webhook could not go on where it was, since the events there are no longer kept or are others")
    static let off = MetricFamily(
        .gauge, "webhook_off", "1 if nothing is delivered to the webhook until a replay, otherwise 0")
    static let lag = MetricFamily(
        .gauge, "webhook_lag_events", "How many events the webhook has still to come to")
    static let failing = MetricFamily(
        .gauge, "webhook_failing_seconds", "For how long deliveries to the webhook have failed")

    static let families = [off, lag, failing]

    init(of name: String, in metrics: Metrics) {
        delivered = metrics.counter(Self.deliveries, ["webhook": name, "outcome": "delivered"])
        failed = metrics.counter(Self.deliveries, ["webhook": name, "outcome": "failed"])
        jumped = metrics.counter(Self.jumps, ["webhook": name])
    }

    /// How the configured webhooks stand, whichever instance delivers.
    static func read(
        _ names: [String], _ register: WebhookRegister, _ log: EventLog
    ) async throws -> [MetricSample] {
        let last = try await log.store.read { try log.last(in: $0) }?.sequence ?? 0
        let now = Timestamp.now
        return try await register.states().filter { state in names.contains { $0.isExactly(state.name) } }
            .flatMap { name, state in
                let behind = last - min(last, state.cursor.sequence)
                let failing = state.failingSince.map { Double(now.microseconds - $0.microseconds) / 1_000_000 } ?? 0
                return [
                    MetricSample(off, ["webhook": name], state.off == nil ? 0 : 1),
                    MetricSample(lag, ["webhook": name], Double(behind)),
                    MetricSample(Self.failing, ["webhook": name], max(0, failing)),
                ]
            }
    }
}
