import Kernel
import Synchronization

/// The right to one pinned client: until the snapshot goes away, its deadline passes, or the store closes.
final class SnapshotLease: Sendable {
    private enum State {
        case idle(PinnedClient)
        /// A read is running; `isEnding` when the lease ends with it.
        case reading(PinnedClient, isEnding: Bool)
        case ended
    }

    let deadline: ContinuousClock.Instant
    private let state: Mutex<State>
    /// Ends the transaction, where blocking is allowed.
    private let release: @Sendable (PinnedClient) -> Void

    init(
        _ pinned: PinnedClient, until deadline: ContinuousClock.Instant,
        release: @escaping @Sendable (PinnedClient) -> Void
    ) {
        self.deadline = deadline
        self.release = release
        state = Mutex(.idle(pinned))
    }

    var hasEnded: Bool {
        state.withLock { if case .ended = $0 { true } else { false } }
    }

    func borrow() throws -> PinnedClient {
        if deadline < .now { end() }
        return try state.withLock { state in
            switch state {
            case .idle(let pinned):
                state = .reading(pinned, isEnding: false)
                return pinned
            case .reading:
                throw StoreError.misuse("a snapshot is used by two tasks at a time")
            case .ended:
                throw StoreError.unavailable(reason: "the snapshot's deadline has passed", retryAfter: 1)
            }
        }
    }

    func giveBack() {
        let ended = state.withLock { state -> PinnedClient? in
            guard case .reading(let pinned, let isEnding) = state else { return nil }
            state = isEnding ? .ended : .idle(pinned)
            return isEnding ? pinned : nil
        }
        if let ended { release(ended) }
    }

    /// Ends the snapshot; after the read that is running, if one is.
    func end() {
        let ended = state.withLock { state -> PinnedClient? in
            switch state {
            case .idle(let pinned):
                state = .ended
                return pinned
            case .reading(let pinned, _):
                state = .reading(pinned, isEnding: true)
                return nil
            case .ended:
                return nil
            }
        }
        if let ended { release(ended) }
    }
}
