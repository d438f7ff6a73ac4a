import Kernel

extension TransactionRunner {
    /// Runs a write on a server without transactions. The writes of a process take turns.
    func writeInSteps<R: Sendable>(
        _ body: @Sendable (any WriteTransaction) throws -> R, _ client: Client, _ deadline: ContinuousClock.Instant,
        _ answer: Answer<R>
    ) {
        guard lane.enter(by: deadline) else {
            answer.settle(.failure(StoreError.unavailable(reason: "too many write at the same time", retryAfter: 1)))
            return
        }
        defer { lane.leave() }
        do {
            let session = try client.startSession()
            let journal = Journal(
                client: client, session: session, database: database, layouts: layouts, log: log,
                onStep: onStep)
            // What an earlier write has left unfinished comes first.
            if unfinished.isSet {
                _ = try journal.redo()
                unfinished.isSet = false
            }
            // Another process may take a key between the look for it and the insert; then the look finds it.
            for attempt in 1... {
                let base = Transaction(on: client, in: session, database: database, layouts: layouts)
                let transaction = StandaloneTransaction(base)
                let result = Result { try body(transaction) }
                if case .failure(let error) = base.outcome(result) { throw error }
                unfinished.isSet = true
                do {
                    try journal.write(transaction.writes)
                } catch let error as DuplicateAtOnce {
                    unfinished.isSet = false
                    if attempt < 3 { continue }
                    throw error.error
                }
                unfinished.isSet = false
                afterCommit.add(base.hooks)
                answer.settle(result)
                return
            }
        } catch let error as MongoDBError {
            answer.settle(.failure(error.storeError))
        } catch {
            answer.settle(.failure(error))
        }
    }
}
