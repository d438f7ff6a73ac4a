import Kernel
import Synchronization

/// The writes that wait for the writer thread, in order, at most `limit` of them. Those that were tried in vain wait
/// here as well, so that they can still be taken out.
final class WriteQueue: Sendable {
    private struct State {
        var writes: [any QueuedWrite] = []
        /// Those that are being tried; and of them, those that are not to be tried again.
        var tried: [any QueuedWrite] = []
        var cancelled: [UInt64] = []
        var isClosed = false
    }

    /// What the writer thread is to do next.
    enum Turn {
        case write([any QueuedWrite])
        /// Their time is over.
        case giveUp([any QueuedWrite])
        /// The instant has come that was asked for.
        case wake
        /// The queue is closed, and nothing waits.
        case end
    }

    private let state = Monitor(State())
    private let limit: Int
    private let lastID = Atomic<UInt64>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// The number of writes that wait.
    var count: Int { state.read { $0.writes.count } }

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

    /// Takes a write out that has not been started, or of which nothing was kept.
    func cancel(_ id: UInt64) {
        let write = state.update { state -> (any QueuedWrite)? in
            if let index = state.writes.firstIndex(where: { $0.id == id }) { return state.writes.remove(at: index) }
            if state.tried.contains(where: { $0.id == id }) { state.cancelled.append(id) }
            return nil
        }
        write?.finish(CancellationError())
    }

    /// Takes the group back that could not be done now. One write alone goes behind the others: what it needs (much room
    /// on a full disk) they may not need.
    /// - Returns: false if the queue is closed, and they are not to be tried again.
    func putBack(_ group: [any QueuedWrite]) -> Bool {
        let cancelled = state.update { state -> [any QueuedWrite]? in
            if state.isClosed { return nil }
            let cancelled = group.filter { state.cancelled.contains($0.id) }
            let remaining = group.filter { !state.cancelled.contains($0.id) }
            state.writes.insert(contentsOf: remaining, at: group.count == 1 ? state.writes.endIndex : 0)
            (state.tried, state.cancelled) = ([], [])
            return cancelled
        }
        for write in cancelled ?? [] { write.finish(CancellationError()) }
        return cancelled != nil
    }

    /// Makes the writer thread look at its deadline again.
    func wake() {
        state.update { _ in }
    }

    /// Waits for something to do. For the writer thread.
    /// - Parameters:
    ///   - count: the most writes in a group.
    ///   - pause: before which instant none is tried; nil for at once.
    ///   - givesUp: whether writes beyond their deadline are given up: where writing fails. Where it only takes long,
    ///     they are done.
    ///   - wake: the instant at which to return in any case; asked for before each wait.
    func next(
        _ count: Int, notBefore pause: ContinuousClock.Instant?, givesUp: Bool, wake: () -> Instant?
    ) -> Turn {
        state.wait { state in
            (state.tried, state.cancelled) = ([], [])
            if !state.writes.isEmpty {
                let now = ContinuousClock.now
                if givesUp, state.writes.contains(where: { $0.deadline <= now }) {
                    let late = state.writes.filter { $0.deadline <= now }
                    state.writes.removeAll { $0.deadline <= now }
                    return .done(.giveUp(late))
                }
                guard let pause, pause > now, !state.isClosed else {
                    let group = Array(state.writes.prefix(count))
                    state.writes.removeFirst(group.count)
                    state.tried = group
                    return .done(.write(group))
                }
                let deadline = state.writes.lazy.map(\.deadline).min() ?? pause
                return .until(min(pause, deadline))
            }
            if state.isClosed { return .done(.end) }
            guard let wake = wake() else { return .until(nil) }
            return wake <= .now ? .done(.wake) : .until(wake.forWaiting)
        }
    }

    /// Turns new writes away; those that wait are still done.
    func close() {
        state.update { $0.isClosed = true }
    }
}
