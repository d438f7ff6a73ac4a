import Kernel

/// What becomes of spans.
struct TelemetryMetrics: Sendable {
    let exported: Counter
    let dropped: Counter

    init(in metrics: Metrics) {
        exported = metrics.counter(Self.spans, ["outcome": "exported"])
        dropped = metrics.counter(Self.spans, ["outcome": "dropped"])
    }

    private static let spans = MetricFamily(
        .counter, "telemetry_spans_total",
        "Spans that the collector has taken, and that were dropped since it is away, refuses them or is too slow")
}
