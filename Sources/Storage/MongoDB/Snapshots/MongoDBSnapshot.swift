import Kernel

/// One instant of the database: a transaction that stays open between reads, with a client of its own. Servers end
/// transactions after a minute (`transactionLifetimeLimitSeconds`); ours end earlier, by `snapshotDeadline`.
final class MongoDBSnapshot: Snapshot {
    private let lease: SnapshotLease
    private let workers: Workers
    private let runner: TransactionRunner

    init(_ lease: SnapshotLease, _ workers: Workers, _ runner: TransactionRunner) {
        self.lease = lease
        self.workers = workers
        self.runner = runner
    }

    deinit {
        lease.end()
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        try await workers.perform(.read) { [lease, runner] _, _, answer in
            do {
                let pinned = try lease.borrow()
                let transaction = runner.transaction(pinned)
                let outcome = transaction.outcome(Result { try body(transaction) })
                if transaction.failure != nil { lease.end() }
                // Before the caller goes on, who may read again at once.
                lease.giveBack()
                answer.settle(outcome)
            } catch {
                answer.settle(.failure(error))
            }
        }
    }
}
