import Kernel

/// A write that waits for, or is part of, a group.
protocol QueuedWrite: AnyObject, Sendable {
    var id: UInt64 { get }
    /// Until when it is tried.
    var deadline: ContinuousClock.Instant { get }
    /// Runs the closure and keeps what it returned or threw. It may be called again: the last time counts.
    /// - Returns: whether it returned.
    /// - Throws: `StoreError.unavailable` for what may pass, and decides nothing.
    func run(in transaction: Transaction) throws -> Bool
    /// Tells the caller the outcome: what `run` kept, or `failure` in its place.
    func finish(_ failure: (any Error)?)
}

// @unchecked Sendable: the queue hands it to the writer thread, which alone runs and finishes it.
final class Write<R: Sendable>: QueuedWrite, @unchecked Sendable {
    let id: UInt64
    let deadline: ContinuousClock.Instant
    private let body: @Sendable (any WriteTransaction) throws -> R
    private let continuation: CheckedContinuation<R, any Error>
    private var result: Result<R, any Error>?

    init(
        _ id: UInt64, by deadline: ContinuousClock.Instant, _ continuation: CheckedContinuation<R, any Error>,
        _ body: @escaping @Sendable (any WriteTransaction) throws -> R
    ) {
        self.id = id
        self.deadline = deadline
        self.continuation = continuation
        self.body = body
    }

    func run(in transaction: Transaction) throws -> Bool {
        do {
            result = .success(try body(transaction))
            return true
        } catch let error as StoreError {
            if case .unavailable = error { throw error }
            result = .failure(error)
        } catch {
            result = .failure(error)
        }
        return false
    }

    func finish(_ failure: (any Error)?) {
        if let failure {
            continuation.resume(throwing: failure)
        } else {
            continuation.resume(with: result ?? .failure(StoreError.closed))
        }
    }
}

/// What the writes of one group have to do with its commit: what they want to have done after it, and what they change.
/// Used by the writer thread.
final class CommitHooks {
    private(set) var work: [AfterCommit.Work] = []
    /// The ordinals of the collections that any of them has changed, rolled back or not.
    private(set) var changed: Set<Int> = []

    func add(_ body: @escaping AfterCommit.Work) { work.append(body) }

    func willChange(_ collection: Collection) { changed.insert(collection.ordinal) }

    /// Forgets what a write has asked for that is rolled back.
    func forget(from count: Int) { work.removeSubrange(count...) }
}
