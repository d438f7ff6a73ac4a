import Kernel

/// Something that a worker is to do for a caller.
protocol Work: AnyObject, Sendable {
    /// When the caller is told that it takes too long.
    var deadline: ContinuousClock.Instant { get }
    /// Whether the caller has its answer already.
    var isSettled: Bool { get }
    /// Whether it must be done in any case.
    var isCleanUp: Bool { get }
    func run(with client: Client)
    func fail(_ error: any Error)
}

final class WorkItem<R: Sendable>: Work {
    let deadline: ContinuousClock.Instant
    let isCleanUp: Bool
    private let answer: Answer<R>
    private let body: @Sendable (Client, ContinuousClock.Instant, Answer<R>) -> Void

    /// - Parameter body: settles the answer; what it does behind that (ending a transaction) keeps no caller waiting.
    init(
        _ answer: Answer<R>, by deadline: ContinuousClock.Instant, isCleanUp: Bool = false,
        _ body: @escaping @Sendable (Client, ContinuousClock.Instant, Answer<R>) -> Void
    ) {
        self.answer = answer
        self.deadline = deadline
        self.isCleanUp = isCleanUp
        self.body = body
    }

    var isSettled: Bool { answer.isSettled }

    func run(with client: Client) { body(client, deadline, answer) }

    func fail(_ error: any Error) { answer.settle(.failure(error)) }
}
