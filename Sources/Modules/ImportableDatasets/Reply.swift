import Synchronization

/// A result that one side waits for and another side settles, once: later results are dropped, and a waiter that is
/// cancelled gets `CancellationError` at once.
final class Reply<R: Sendable>: Sendable {
    private struct State {
        var result: Result<R, any Error>?
        var continuation: CheckedContinuation<R, any Error>?
    }

    private let state = Mutex(State())

    var isSettled: Bool { state.withLock { $0.result != nil } }

    /// Calls `begin`, which sees to it that the reply gets settled, and waits for that.
    func value(_ begin: () -> Void) async throws -> R {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let settled = state.withLock { state in
                    if state.result == nil { state.continuation = continuation }
                    return state.result
                }
                if let settled { continuation.resume(with: settled) } else { begin() }
            }
        } onCancel: {
            settle(.failure(CancellationError()))
        }
    }

    func settle(_ result: Result<R, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<R, any Error>? in
            guard state.result == nil else { return nil }
            state.result = result
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }
}
