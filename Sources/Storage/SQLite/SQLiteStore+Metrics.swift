import Glibc
import Kernel

extension SQLiteStore {
    func declare(in metrics: Metrics) {
        metrics.add(writer.groupSizes, as: Self.groupSizes)
        metrics.collect(StorageMetrics.pools) { [readers, snapshots] in
            readers.usage.samples(pool: "readers") + snapshots.usage.samples(pool: "snapshots")
        }
        metrics.gauge(StorageMetrics.queued) { [queue] in Double(queue.count) }
        metrics.gauge(Self.logBytes) { [file] in Double(file.logBytes) }
    }

    private static let logBytes = MetricFamily(
        .gauge, "storage_wal_bytes", "Size of SQLite's write-ahead log, the file beside the database")
    private static let groupSizes = MetricFamily(
        .histogram, "storage_group_size", "Writes that were committed together, with one fsync")
}

extension DatabaseFile {
    /// The size of the write-ahead log.
    var logBytes: Int { Self.logBytes(of: path) }

    static func logBytes(of path: String) -> Int {
        var status = stat()
        return stat(path + "-wal", &status) == 0 ? Int(status.st_size) : 0
    }
}

extension ConnectionPool.Usage {
    fileprivate func samples(pool: String) -> [MetricSample] {
        StorageMetrics.samples(pool: pool, connections: size, inUse: lent, awaited: waiting)
    }
}
