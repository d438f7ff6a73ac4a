import Kernel
import Synchronization

/// An open database: workers that run transactions on it, and snapshots that are read in steps.
final class MongoDBStore: OpenStore {
    let workers: Workers
    let snapshots: SnapshotRegister
    private let runner: TransactionRunner
    private let health: ServerHealth
    private let watch: DeadlineWatch
    /// nil on a server without transactions.
    private let heartbeat: Heartbeat?
    private let closing = Mutex<Task<Void, Never>?>(nil)

    init(
        _ workers: Workers, _ snapshots: SnapshotRegister, _ runner: TransactionRunner, _ heartbeat: Heartbeat?,
        health: ServerHealth, watch: DeadlineWatch
    ) {
        self.heartbeat = heartbeat
        self.workers = workers
        self.snapshots = snapshots
        self.runner = runner
        self.health = health
        self.watch = watch
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        try await workers.perform(.read) { [runner] client, deadline, answer in
            runner.read(body, client, deadline, answer)
        }
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> R) async throws -> R {
        try await workers.perform(.write) { [runner] client, deadline, answer in
            runner.write(body, client, deadline, answer)
        }
    }

    func snapshot() async throws -> any Snapshot {
        guard runner.readsSnapshots else {
            return MongoDBSnapshot(try await snapshots.open(on: workers, runner), workers, runner)
        }
        let time = try await workers.perform(.read) { [runner] client, deadline, answer in
            runner.read({ try $0.stateNow }, client, deadline, answer)
        }
        return TimedSnapshot(at: time, workers, runner)
    }

    func ping() async throws {
        if let problem = health.problem { throw problem }
        try await workers.perform(.read) { [database = runner.database] client, _, answer in
            do throws(MongoDBError) {
                try client.run(.read, ["ping": 1], on: database)
                answer.settle(.success(()))
            } catch {
                answer.settle(.failure(error.storeError))
            }
        }
    }

    func close() async {
        let task = closing.withLock { closing in
            let task = closing ?? Task { await self.closeAll() }
            closing = task
            return task
        }
        await task.value
    }

    private func closeAll() async {
        snapshots.close()
        await workers.close()
        await runner.afterCommit.finish()
        watch.close()
        await heartbeat?.stop()
    }
}

extension StoreError {
    static let closed = StoreError.unavailable(reason: "the store is closed", retryAfter: 5)
}
