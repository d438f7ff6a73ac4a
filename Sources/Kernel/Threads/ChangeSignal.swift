import Synchronization

/// Wakes those who wait for something to change: whoever has changed it notifies, and whoever follows waits for more
/// notifications than they have seen. None is missed between a look and the wait, and many at once are one.
///
///     var seen = signal.count
///     while true {
///         …  // look at what there is
///         seen = try await signal.wait(after: seen)
///     }
public final class ChangeSignal: Sendable {
    private struct State {
        var count = 0
        var lastWaiter = 0
        var waiters: [Int: CheckedContinuation<Int, any Error>] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    /// How often it was notified.
    public var count: Int { state.withLock { $0.count } }

    /// How many wait.
    public var waiting: Int { state.withLock { $0.waiters.count } }

    /// Wakes all who wait; cheap if nobody does, and never blocks.
    public func notify() {
        let (count, waiters) = state.withLock { state in
            state.count += 1
            defer { state.waiters = [:] }
            return (state.count, state.waiters)
        }
        for waiter in waiters.values { waiter.resume(returning: count) }
    }

    /// Waits until it was notified more often than `seen`.
    /// - Returns: how often it was.
    /// - Throws: `CancellationError` if the task is cancelled before.
    public func wait(after seen: Int) async throws -> Int {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Int, any Error>? = state.withLock { state in
                    if state.count > seen { return .success(state.count) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[waiter] = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(throwing: CancellationError())
        }
    }

    /// The same for at most `limit`, after which it returns the count that there is.
    public func wait(after seen: Int, atMost limit: Duration) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await self.wait(after: seen) }
            group.addTask {
                try await Task.sleep(for: limit)
                return self.count
            }
            defer { group.cancelAll() }
            return try await group.next() ?? count
        }
    }
}
