import Kernel

/// A write that waits for, or is part of, a group.
protocol QueuedWrite: AnyObject, Sendable {
    var id: UInt64 { get }
    /// Runs the closure and keeps what it returned or threw.
    /// - Returns: whether it returned.
    func run(in transaction: Transaction) -> Bool
    /// Tells the caller the outcome: what `run` kept, or `failure` in its place.
    func finish(_ failure: (any Error)?)
}

// @unchecked Sendable: the queue hands it to the writer thread, which alone runs and finishes it.
final class Write<R: Sendable>: QueuedWrite, @unchecked Sendable {
    let id: UInt64
    private let body: @Sendable (any WriteTransaction) throws -> R
    private let continuation: CheckedContinuation<R, any Error>
    private var result: Result<R, any Error>?

    init(
        _ id: UInt64, _ continuation: CheckedContinuation<R, any Error>,
        _ body: @escaping @Sendable (any WriteTransaction) throws -> R
    ) {
        self.id = id
        self.continuation = continuation
        self.body = body
    }

    func run(in transaction: Transaction) -> Bool {
        let result = Result { try body(transaction) }
        self.result = result
        if case .success = result { return true }
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
