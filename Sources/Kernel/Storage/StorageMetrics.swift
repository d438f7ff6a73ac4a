import CLinux

/// The metrics of the storage: what the kernel measures of every driver, and the families that drivers share for what
/// only they know.
public enum StorageMetrics {
    /// Connections there may be, by what they are for: label `pool`.
    public static let connections = MetricFamily(
        .gauge, "storage_connections", "Connections to the database that there may be, by pool")
    public static let connectionsInUse = MetricFamily(
        .gauge, "storage_connections_in_use", "Connections to the database at work, by pool")
    public static let connectionsAwaited = MetricFamily(
        .gauge, "storage_connections_awaited", "Transactions that wait for a connection, by pool")
    public static let queued = MetricFamily(
        .gauge, "storage_queue_depth", "Transactions that wait for their turn to write (SQLite) or to run")

    public static let pools = [connections, connectionsInUse, connectionsAwaited]

    /// The series of one pool.
    public static func samples(pool: String, connections: Int, inUse: Int, awaited: Int) -> [MetricSample] {
        let labels: MetricLabels = ["pool": pool]
        return [
            MetricSample(Self.connections, labels, connections),
            MetricSample(connectionsInUse, labels, inUse),
            MetricSample(connectionsAwaited, labels, awaited),
        ]
    }
}

/// How long the store takes, and how it fails.
final class StorageTimings: Sendable {
    let reads = Histogram.latencies()
    let writes = Histogram.latencies()
    let snapshots = Histogram.latencies()
    private let unavailable = Counter()
    private let corrupt = Counter()
    private let misused = Counter()
    private let cancelled = Counter()

    /// - Parameter driver: for the label of the times.
    func declare(driver: String, in metrics: Metrics) {
        for (operation, histogram) in [("read", reads), ("write", writes), ("snapshot", snapshots)] {
            metrics.add(histogram, as: Self.times, ["driver": driver, "operation": operation])
        }
        let kinds = [
            ("unavailable", unavailable), ("corrupt", corrupt), ("misuse", misused), ("cancelled", cancelled),
        ]
        for (kind, counter) in kinds { metrics.add(counter, as: Self.errors, ["kind": kind]) }
    }

    /// Runs an operation of the store, measures it and counts its failure. What a module throws in its transaction is
    /// none, nor is a key that is taken.
    func measure<R>(_ histogram: Histogram, _ operation: () async throws -> R) async throws -> R {
        let start = clinux_nanoseconds()
        defer { histogram.observe(nanosecondsSince: start) }
        do {
            return try await operation()
        } catch {
            count(error)
            throw error
        }
    }

    /// The same for one that is done at once; one that finds that it cannot be is none.
    func measure<R>(_ histogram: Histogram, _ operation: () throws -> R?) throws -> R? {
        let start = clinux_nanoseconds()
        do {
            guard let result = try operation() else { return nil }
            histogram.observe(nanosecondsSince: start)
            return result
        } catch {
            histogram.observe(nanosecondsSince: start)
            count(error)
            throw error
        }
    }

    private func count(_ error: any Error) {
        switch error {
        case StoreError.unavailable: unavailable.add()
        case StoreError.corrupt: corrupt.add()
        case StoreError.misuse: misused.add()
        case is CancellationError: cancelled.add()
        default: break
        }
    }

    private static let times = MetricFamily(
        .histogram, "storage_duration_seconds",
        "How long transactions took, waiting for their turn included, and the opening of snapshots")
    private static let errors = MetricFamily(
        .counter, "storage_errors_total",
        "Transactions that failed: unavailable (server gone, disk full, too many wait), corrupt, misuse, cancelled")
}
