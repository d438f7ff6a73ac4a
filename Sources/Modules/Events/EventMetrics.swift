import Kernel

/// What operators see of the events.
struct EventMetrics: Sendable {
    let recorded: Counter
    let pruned: Counter
    let refused: Counter

    init(in metrics: Metrics, tail: EventTail) {
        recorded = metrics.counter(
            MetricFamily(.counter, "events_recorded_total", "Events that this process has recorded"))
        pruned = metrics.counter(
            MetricFamily(.counter, "events_pruned_total", "Events that this process has removed"))
        refused = metrics.counter(
            MetricFamily(
                .counter, "events_followers_refused_total",
                "Followers that were turned away, being too many")
        )
        let followers = MetricFamily(
            .gauge, "events_followers", "Followers of this process: streams, waiting requests, webhooks")
        metrics.gauge(followers) { Double(tail.followers) }
    }
}
