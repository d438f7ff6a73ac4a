import Kernel
import Synchronization

/// What one caller waits for: settled once, by whoever is first of the worker, the deadline and a cancellation.
final class Answer<R: Sendable>: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<R, any Error>)
        case settled
        /// Settled before the caller began to wait.
        case early(Result<R, any Error>)
    }

    private let state = Mutex(State.new)

    /// Whether nobody waits any more.
    var isSettled: Bool {
        state.withLock {
            switch $0 {
            case .settled, .early: true
            case .new, .waiting: false
            }
        }
    }

    func wait(_ continuation: CheckedContinuation<R, any Error>) {
        let early = state.withLock { state -> Result<R, any Error>? in
            if case .early(let result) = state {
                state = .settled
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    /// - Returns: whether this result is the one.
    @discardableResult
    func settle(_ result: Result<R, any Error>) -> Bool {
        let (waiting, isFirst) = state.withLock { state -> (CheckedContinuation<R, any Error>?, Bool) in
            switch state {
            case .waiting(let continuation):
                state = .settled
                return (continuation, true)
            case .new:
                state = .early(result)
                return (nil, true)
            case .settled, .early:
                return (nil, false)
            }
        }
        waiting?.resume(with: result)
        return isFirst
    }
}
