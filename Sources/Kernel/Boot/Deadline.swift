import Synchronization

/// An operation that was still under way at its deadline.
public struct DeadlineExceeded: Error, Sendable, CustomStringConvertible {
    public let limit: Duration

    public var description: String { "no answer within \(limit)" }
}

/// Awaits `operation` for at most `limit`. At the limit the operation is cancelled and `DeadlineExceeded` is thrown
/// without waiting for it to notice, so that even one that hangs cannot hold up its caller.
/// - Parameter isLifted: asked at the limit: whether the part of the operation is over that the limit is for.
func within<R: Sendable>(
    _ limit: Duration, unless isLifted: @escaping @Sendable () -> Bool = { false },
    _ operation: @escaping @Sendable () async throws -> R
) async throws -> R {
    let first = FirstResult<R>()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            first.wait(continuation)
            let work = Task {
                do {
                    first.settle(.success(try await operation()))
                } catch {
                    first.settle(.failure(error))
                }
            }
            let timer = Task {
                try? await Task.sleep(for: limit)
                if !Task.isCancelled, !isLifted() { first.settle(.failure(DeadlineExceeded(limit: limit))) }
            }
            first.ends(work, timer)
        }
    } onCancel: {
        first.settle(.failure(CancellationError()))
    }
}

/// Takes the first of several results to a continuation and cancels whoever is still working.
private final class FirstResult<R: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<R, any Error>?
        var result: Result<R, any Error>?
        var tasks: [Task<Void, Never>] = []
    }

    private let state = Mutex(State())

    func wait(_ continuation: CheckedContinuation<R, any Error>) {
        let settled = state.withLock { state -> Result<R, any Error>? in
            if state.result == nil { state.continuation = continuation }
            return state.result
        }
        if let settled { continuation.resume(with: settled) }
    }

    func ends(_ tasks: Task<Void, Never>...) {
        let isSettled = state.withLock { state in
            state.tasks = tasks
            return state.result != nil
        }
        if isSettled { tasks.forEach { $0.cancel() } }
    }

    func settle(_ result: Result<R, any Error>) {
        let (continuation, tasks) = state.withLock {
            state -> (CheckedContinuation<R, any Error>?, [Task<Void, Never>]) in
            guard state.result == nil else { return (nil, []) }
            state.result = result
            defer { state.continuation = nil }
            return (state.continuation, state.tasks)
        }
        continuation?.resume(with: result)
        tasks.forEach { $0.cancel() }
    }
}
