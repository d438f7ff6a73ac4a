import Kernel

/// The threads that talk to the database, each with a client of its own.
///
/// What calls libmongoc blocks; that happens here and nowhere else. A worker that hangs on a server keeps its caller
/// only until the deadline, and there are never more workers than configured.
final class Workers: Sendable {
    private let queue: WorkQueue
    private let watch: DeadlineWatch
    private let spans: (read: Duration, write: Duration)

    /// So much of a caller's time is kept back for its answer to reach the client.
    private static let reserve = Duration.milliseconds(250)

    /// - Parameters:
    ///   - clients: one for each worker.
    ///   - watch: is told of every deadline; it calls `expire`.
    ///   - queueLimit: how much work may wait.
    ///   - spans: how long a caller waits at most, for a worker and then for a server that is away.
    init(
        _ clients: [Client], watch: DeadlineWatch, queueLimit: Int, spans: (read: Duration, write: Duration)
    ) throws {
        let queue = WorkQueue(limit: queueLimit, clients: clients)
        self.queue = queue
        self.watch = watch
        self.spans = (spans.read - Self.reserve, spans.write - Self.reserve)
        for (index, client) in clients.enumerated() {
            try OwnThread.start("mongodb-\(index)") { Workers.work(index, client, queue) }
        }
    }

    /// Has a worker run `body`, which settles the answer.
    /// - Throws: what the answer is settled with; `StoreError.unavailable` at the deadline, `CancellationError`.
    func perform<R: Sendable>(
        _ kind: Client.Kind,
        _ body: @escaping @Sendable (_ client: Client, _ deadline: ContinuousClock.Instant, _ answer: Answer<R>) -> Void
    ) async throws -> R {
        let answer = Answer<R>()
        let deadline = StorageDeadlines.end(after: kind == .read ? spans.read : spans.write)
        let work = WorkItem(answer, by: deadline, body)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.wait(continuation)
                do {
                    try queue.add(work)
                    watch.expect(deadline)
                } catch {
                    answer.settle(.failure(error))
                }
            }
        } onCancel: {
            // If a worker is at it already, what it does may still take effect: the caller hears of neither.
            answer.settle(.failure(CancellationError()))
        }
    }

    /// Has a worker run something that may block and that nobody waits for.
    func cleanUp(_ body: @escaping @Sendable () -> Void) {
        let work = WorkItem(Answer<Void>(), by: .now + .seconds(1_000_000), isCleanUp: true) { _, _, answer in
            body()
            answer.settle(.success(()))
        }
        queue.addUnbounded(work)
    }

    /// How many there are, how many are at work, and what waits for one.
    var usage: (size: Int, running: Int, waiting: Int) { queue.usage }

    /// Answers those whose deadline has passed.
    /// - Returns: when the next one passes.
    func expire(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        let (late, next) = queue.expired(at: now)
        for work in late {
            work.fail(StoreError.unavailable(reason: "MongoDB did not answer within the deadline", retryAfter: 2))
        }
        return next
    }

    /// Lets what waits be done, ends the threads and gives their clients back. What nobody waits for any more ends
    /// before its next command.
    func close() async { await queue.close() }

    private static func work(_ index: Int, _ client: Client, _ queue: WorkQueue) {
        while let work = queue.next(for: index) {
            client.isUnwanted = { queue.isClosed && work.isSettled }
            work.run(with: client)
            client.isUnwanted = { false }
            queue.finished(by: index)
        }
        queue.workerEnded()
    }
}
