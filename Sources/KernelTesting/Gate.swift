import Synchronization

/// Something that a test or its handler waits for: closed until `open()`, then open for good.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public var isOpen: Bool { state.withLock { $0.isOpen } }

    public func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Suspends until the gate is open.
    /// - Throws: `CancellationError` when the task is cancelled before.
    public func passed() async throws {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await wait(as: waiter)
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(throwing: CancellationError())
        }
    }

    /// Suspends until the gate is open, even if the task is cancelled.
    public func passedEvenIfCancelled() async {
        try? await wait(as: nil)
    }

    private func wait(as waiter: Int?) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<Void, any Error>? = state.withLock { state in
                if state.isOpen { return .success(()) }
                if waiter != nil, Task.isCancelled { return .failure(CancellationError()) }
                state.nextWaiter += 1
                state.waiters[waiter ?? state.nextWaiter] = continuation
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
