import CLinux
import Synchronization

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

/// An operation of the store that has come to its end.
public struct StorageOperation: Sendable {
    public enum Kind: String, Sendable {
        case read, write, snapshot
    }

    public let kind: Kind
    /// The scheme of the driver's URL: `sqlite`.
    public let driver: String
    public let nanoseconds: Int64
    /// What it has thrown, the caller's own errors among it.
    public let error: (any Error)?
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
    /// They are there before anything is measured.
    private let observers = Mutex<[@Sendable (StorageOperation) -> Void]>([])
    private let isWatched = Atomic(false)
    private let driver = Mutex("none")

    var isObserved: Bool { isWatched.load(ordering: .relaxed) }

    func observe(_ body: @escaping @Sendable (StorageOperation) -> Void) {
        observers.withLock { $0.append(body) }
        isWatched.store(true, ordering: .relaxed)
    }

    /// - Parameter driver: for the label of the times.
    func declare(driver: String, in metrics: Metrics) {
        self.driver.withLock { $0 = driver }
        for kind in [StorageOperation.Kind.read, .write, .snapshot] {
            metrics.add(histogram(kind), as: Self.times, ["driver": driver, "operation": kind.rawValue])
        }
        let kinds = [
            ("unavailable", unavailable), ("corrupt", corrupt), ("misuse", misused), ("cancelled", cancelled),
        ]
        for (kind, counter) in kinds { metrics.add(counter, as: Self.errors, ["kind": kind]) }
    }

    /// Runs an operation of the store, measures it and counts its failure. What a module throws in its transaction is
    /// none, nor is a key that is taken.
    func measure<R>(_ kind: StorageOperation.Kind, _ operation: () async throws -> R) async throws -> R {
        let start = clinux_nanoseconds()
        do {
            let result = try await operation()
            didEnd(kind, start, nil)
            return result
        } catch {
            didEnd(kind, start, error)
            throw error
        }
    }

    /// The same for one that is done at once; one that finds that it cannot be is none.
    func measure<R>(_ kind: StorageOperation.Kind, _ operation: () throws -> R?) throws -> R? {
        let start = clinux_nanoseconds()
        do {
            guard let result = try operation() else { return nil }
            didEnd(kind, start, nil)
            return result
        } catch {
            didEnd(kind, start, error)
            throw error
        }
    }

    @inline(__always)
    private func didEnd(_ kind: StorageOperation.Kind, _ start: Int64, _ error: (any Error)?) {
        histogram(kind).observe(nanosecondsSince: start)
        if let error { count(error) }
        if isObserved { tell(kind, clinux_nanoseconds() - start, error) }
    }

    private func tell(_ kind: StorageOperation.Kind, _ nanoseconds: Int64, _ error: (any Error)?) {
        let driver = driver.withLock { $0 }
        let operation = StorageOperation(kind: kind, driver: driver, nanoseconds: nanoseconds, error: error)
        for observer in observers.withLock({ $0 }) { observer(operation) }
    }

    private func histogram(_ kind: StorageOperation.Kind) -> Histogram {
        switch kind {
        case .read: reads
        case .write: writes
        case .snapshot: snapshots
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
