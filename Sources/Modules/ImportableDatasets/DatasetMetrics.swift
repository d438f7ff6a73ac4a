import Kernel
import Synchronization

/// The metrics of the input directory, kept by the looks at it: a scrape does not look.
final class DatasetMetrics: Sendable {
    private let scans = Histogram.latencies()
    private let failures: Counter
    private let counts = Mutex<(incoming: Int, archived: Int)?>(nil)

    init(in metrics: Metrics) {
        failures = metrics.counter(Self.failedScans)
        metrics.add(scans, as: Self.scanTimes)
        metrics.collect([Self.datasets]) { [weak self] in
            guard let counts = self?.counts.withLock({ $0 }) else { return [] }
            return [
                MetricSample(Self.datasets, ["folder": "input"], counts.incoming),
                MetricSample(Self.datasets, ["folder": "archive"], counts.archived),
            ]
        }
    }

    /// Measures a look at the directory, and counts what it has found.
    func measure<R>(_ listing: inout DatasetListing, _ look: (inout DatasetListing) throws -> R) throws -> R {
        let start = ContinuousClock.now
        defer { scans.observe(ContinuousClock.now - start) }
        do {
            let result = try look(&listing)
            let found = listing.counts
            counts.withLock { $0 = found }
            return result
        } catch {
            failures.add()
            throw error
        }
    }

    private static let datasets = MetricFamily(
        .gauge, "datasets", "Importable datasets at the last look at the input directory")
    private static let scanTimes = MetricFamily(
        .histogram, "dataset_scan_duration_seconds", "How long looks at the input directory took")
    private static let failedScans = MetricFamily(
        .counter, "dataset_scan_failures_total", "Looks at the input directory that failed")
}
