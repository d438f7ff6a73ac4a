import Kernel
import Synchronization

/// The writes that wait for the writer thread, in order, at most `limit` of them.
final class WriteQueue: Sendable {
    private struct State {
        var writes: [any QueuedWrite] = []
        var isClosed = false
    }

    private let state = Monitor(State())
    private let limit: Int
    private let lastID = Atomic<UInt64>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// The number of writes that wait.
    var count: Int { state.update { $0.writes.count } }

    func newID() -> UInt64 {
        lastID.add(1, ordering: .relaxed).newValue
    }

    /// Puts a write in the queue, or turns it away at once if the queue is full or closed.
    func add(_ write: any QueuedWrite) {
        let failure = state.update { state -> StoreError? in
            if state.isClosed { return .closed }
            guard state.writes.count < limit else {
                return .unavailable(reason: "\(limit) writes are waiting already", retryAfter: 1)
            }
            state.writes.append(write)
            return nil
        }
        if let failure { write.finish(failure) }
    }

    /// Takes a write out that has not been started.
    func cancel(_ id: UInt64) {
        let write = state.update { state in
            state.writes.firstIndex { $0.id == id }.map { state.writes.remove(at: $0) }
        }
        write?.finish(CancellationError())
    }

    /// Makes the writer thread look at its deadline again.
    func wake() {
        state.update { _ in }
    }

    /// The writes that wait, at most `count` of them; empty at `deadline`, which is asked for before each wait; nil
    /// when the queue is closed and all writes are done. For the writer thread.
    func next(_ count: Int, deadline: () -> Instant?) -> [any QueuedWrite]? {
        state.wait { state in
            if !state.writes.isEmpty {
                let group = Array(state.writes.prefix(count))
                state.writes.removeFirst(group.count)
                return .done(group)
            }
            if state.isClosed { return .done(nil) }
            guard let deadline = deadline() else { return .until(nil) }
            return deadline <= .now ? .done([]) : .until(deadline.forWaiting)
        }
    }

    /// Turns new writes away; those that wait are still done.
    func close() {
        state.update { $0.isClosed = true }
    }
}
