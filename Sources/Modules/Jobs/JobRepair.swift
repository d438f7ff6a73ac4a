import Kernel

/// Removes, when the service starts, what a crash may leave where a store has no transactions: a job that is already
/// among the completed ones and still among those in progress. Completed wins. Only jobs in progress are looked up,
/// and they are few: one for each target at most.
struct JobRepair: Sendable {
    let store: any DocumentStore
    let collections: JobCollections
    let log: Logger

    private static let batchSize = 256

    func run(_ progress: GradualService.Progress) async throws {
        var after: Position?
        var count = 0
        repeat {
            let batch = try await nextBatch(after)
            for id in batch.twice { try await remove(id) }
            after = batch.last
            count += batch.count
            progress.report("\(count) jobs in progress were looked up among the completed ones")
            try Task.checkCancellation()
        } while after != nil
    }

    private struct Batch: Sendable {
        /// Ids of jobs that are in both collections.
        var twice: [String] = []
        /// Where the batch ends; nil if it is the last one.
        var last: Position?
        var count = 0
    }

    private func nextBatch(_ after: Position?) async throws -> Batch {
        try await store.read { [collections] transaction in
            var batch = Batch()
            var ids: [JSON] = []
            var query = Query(after: after, limit: Self.batchSize)
            query.showsLastElementsOnly = true
            try transaction.find(in: collections.inProgress, query) {
                if let id = try Job(Document(position: $0, bytes: $1)).id { ids.append(.string(id)) }
                batch.last = $0
                batch.count += 1
                return .next
            }
            if batch.count < Self.batchSize { batch.last = nil }
            guard !ids.isEmpty else { return batch }
            try transaction.find(in: collections.completed, Query(.among(.jobID, ids))) {
                if let id = try Job(Document(position: $0, bytes: $1)).id { batch.twice.append(id) }
                return .next
            }
            return batch
        }
    }

    private func remove(_ id: String) async throws {
        let isThis = Filter.equal(.jobID, .string(id))
        let isRemoved = try await store.write { [collections] transaction in
            guard try transaction.first(in: collections.completed, Query(isThis)) != nil else { return false }
            return try transaction.delete(in: collections.inProgress, where: isThis) > 0
        }
        if isRemoved { log.warning("job \(id) was both in progress and completed; completed wins") }
    }
}
