import Kernel

extension SQLiteStore {
    func declare(in metrics: Metrics) {
        metrics.add(writer.groupSizes, as: Self.groupSizes)
        metrics.collect(StorageMetrics.pools) { [readers, snapshots] in
            readers.usage.samples(pool: "readers") + snapshots.usage.samples(pool: "snapshots")
        }
        metrics.gauge(StorageMetrics.queued) { [queue] in Double(queue.count) }
    }

    private static let groupSizes = MetricFamily(
        .histogram, "job_service_storage_group_size", "Writes that were committed together, with one fsync")
}

extension ConnectionPool.Usage {
    fileprivate func samples(pool: String) -> [MetricSample] {
        StorageMetrics.samples(pool: pool, connections: size, inUse: lent, awaited: waiting)
    }
}
