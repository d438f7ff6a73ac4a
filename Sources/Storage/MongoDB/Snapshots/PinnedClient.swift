import Kernel

/// A client with a session in which a transaction is open.
struct PinnedClient: Sendable {
    let client: Client
    let session: Session
    private let slot: SnapshotSlot

    /// Opens a transaction. The first read in it decides which state it sees.
    init(_ slot: SnapshotSlot, _ pool: ClientPool, _ runner: TransactionRunner) throws(StoreError) {
        guard let client = pool.take() else {
            throw .unavailable(reason: "the pool has no client for a snapshot", retryAfter: 1)
        }
        self.client = client
        self.slot = slot
        do throws(MongoDBError) {
            session = try client.startSession()
            if runner.hasTransactions { try session.begin() }
            try client.run(
                .read, ["find": .string(client.own.sequences), "limit": 1, "singleBatch": true],
                on: runner.database, in: session)
        } catch {
            throw error.storeError
        }
    }
}

extension TransactionRunner {
    func transaction(_ pinned: PinnedClient) -> Transaction {
        Transaction(on: pinned.client, in: pinned.session, database: database, layouts: layouts)
    }
}
