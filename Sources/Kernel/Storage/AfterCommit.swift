import Synchronization

/// Runs what transactions have asked for after their commit, for storage drivers: in the order in which it is added, one
/// after the other, on a task of its own, so that whoever commits waits for none of it.
public final class AfterCommit: Sendable {
    public typealias Work = @Sendable () -> Void

    private struct State {
        var waiting: [Work] = []
        var isRunning = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Adds what one transaction has asked for, which is committed.
    public func add(_ work: [Work]) {
        guard !work.isEmpty else { return }
        let begins = state.withLock { state in
            state.waiting += work
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if begins { Task { runAll() } }
    }

    private func runAll() {
        while true {
            let (work, waiters) = state.withLock { state -> ([Work], [CheckedContinuation<Void, Never>]) in
                defer { state.waiting = [] }
                guard state.waiting.isEmpty else { return (state.waiting, []) }
                state.isRunning = false
                defer { state.waiters = [] }
                return ([], state.waiters)
            }
            for body in work { body() }
            guard work.isEmpty else { continue }
            for waiter in waiters { waiter.resume() }
            return
        }
    }

    /// Waits until all that was added is done; for a store that closes.
    public func finish() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.isRunning { state.waiters.append(continuation) }
                return !state.isRunning
            }
            if isDone { continuation.resume() }
        }
    }
}
