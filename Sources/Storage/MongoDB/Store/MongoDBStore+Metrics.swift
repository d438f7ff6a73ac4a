import Kernel

extension MongoDBStore {
    func declare(in metrics: Metrics) {
        metrics.collect(StorageMetrics.pools + [StorageMetrics.queued]) { [workers, snapshots] in
            let (work, lists) = (workers.usage, snapshots.usage)
            return StorageMetrics.samples(
                pool: "transactions", connections: work.size, inUse: work.running, awaited: work.waiting)
                + StorageMetrics.samples(
                    pool: "snapshots", connections: lists.size, inUse: lists.open, awaited: lists.waiting)
                + [MetricSample(StorageMetrics.queued, work.waiting)]
        }
    }
}
