import Kernel

/// One instant of the database, by its cluster time: neither a client nor anything of the server's is held for it.
/// When the server has forgotten it, reads throw.
final class TimedSnapshot: Snapshot {
    private let time: ReadTime
    private let workers: Workers
    private let runner: TransactionRunner

    init(at time: ReadTime, _ workers: Workers, _ runner: TransactionRunner) {
        self.time = time
        self.workers = workers
        self.runner = runner
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        try await workers.perform(.read) { [time, runner] client, deadline, answer in
            runner.read(body, client, deadline, answer, at: time)
        }
    }
}
