import Kernel

/// The threads that talk to the database, each with a client of its own, and one that watches the deadlines.
///
/// What calls libmongoc blocks; that happens here and nowhere else. A worker that hangs on a server keeps its caller
/// only until the deadline, and there are never more workers than configured.
final class Workers: Sendable {
    private let queue: WorkQueue
    private let span: Duration
    private static let watchInterval = Duration.milliseconds(50)

    /// - Parameters:
    ///   - clients: one for each worker.
    ///   - queueLimit: how much work may wait.
    ///   - deadline: how long a caller waits at most, for a worker and then for a server that is silent.
    ///   - onTick: called often by the thread that watches the deadlines.
    init(
        _ clients: [Client], health: ServerHealth, queueLimit: Int, deadline: Duration,
        onTick: @escaping @Sendable () -> Void = {}
    ) throws {
        let queue = WorkQueue(limit: queueLimit, clients: clients, health: health, span: deadline)
        self.queue = queue
        span = deadline
        for (index, client) in clients.enumerated() {
            try OwnThread.start("mongodb-\(index)") { Workers.work(index, client, queue) }
        }
        try OwnThread.start("mongodb-watch") { Workers.watch(queue, health, onTick) }
    }

    /// Has a worker run `body`, which settles the answer.
    /// - Throws: what the answer is settled with; `StoreError.unavailable` at the deadline, `CancellationError`.
    func perform<R: Sendable>(
        _ body: @escaping @Sendable (_ client: Client, _ deadline: ContinuousClock.Instant, _ answer: Answer<R>) -> Void
    ) async throws -> R {
        let answer = Answer<R>()
        let work = WorkItem(answer, by: .now + span, body)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.wait(continuation)
                do { try queue.add(work) } catch { answer.settle(.failure(error)) }
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

    /// Lets what waits be done, ends the threads and gives their clients back.
    func close() async { await queue.close() }

    private static func work(_ index: Int, _ client: Client, _ queue: WorkQueue) {
        while let work = queue.next(for: index) {
            work.run(with: client)
            queue.finished(by: index)
        }
        queue.workerEnded()
    }

    private static func watch(_ queue: WorkQueue, _ health: ServerHealth, _ onTick: () -> Void) {
        let timer = Monitor(())
        while !queue.isClosed {
            let next = ContinuousClock.Instant.now + watchInterval
            timer.wait { _ in ContinuousClock.Instant.now < next ? .until(next) : .done(()) }
            onTick()
            if let problem = health.problem {
                for work in queue.hopeless() { work.fail(problem) }
            }
            for work in queue.expired(at: .now) {
                work.fail(StoreError.unavailable(reason: "MongoDB did not answer within the deadline", retryAfter: 2))
            }
        }
    }
}
