import Kernel
import Synchronization

/// The snapshots that are open, and who waits for one to end: each pins a client, of which there are only so many.
final class SnapshotRegister: Sendable {
    private struct State {
        var free: Int
        var leases: [SnapshotLease] = []
        var line: [(answer: Answer<SnapshotSlot>, deadline: ContinuousClock.Instant)] = []
        var isClosed = false
    }

    private let state: Mutex<State>
    private let count: Int
    private let pool: ClientPool
    private let lifetime: Duration
    private let lineLimit: Int
    /// How long someone waits for a slot.
    private let patience: Duration
    private let watch: DeadlineWatch

    /// - Parameter count: how many snapshots there may be at a time, and for how many the pool has clients.
    init(
        _ pool: ClientPool, count: Int, lifetime: Duration, lineLimit: Int, patience: Duration, watch: DeadlineWatch
    ) {
        self.pool = pool
        self.watch = watch
        state = Mutex(State(free: count))
        self.count = count
        self.lifetime = lifetime
        self.lineLimit = lineLimit
        self.patience = patience
    }

    /// How many there may be, how many are open, and who waits for one.
    var usage: (size: Int, open: Int, waiting: Int) {
        state.withLock { (count, count - $0.free, $0.line.count) }
    }

    /// Opens a snapshot, after those who wait already.
    func open(on workers: Workers, _ runner: TransactionRunner) async throws -> SnapshotLease {
        let slot = try await takeSlot()
        let pinned: PinnedClient = try await workers.perform(.read) { [pool] _, _, answer in
            answer.settle(Result { try PinnedClient(slot, pool, runner) })
        }
        return lease(pinned, workers)
    }

    private func lease(_ pinned: PinnedClient, _ workers: Workers) -> SnapshotLease {
        let lease = SnapshotLease(pinned, until: .now + lifetime) { [weak workers] pinned in
            // Without workers nobody reads any more, and whoever closes the store may block.
            if let workers { workers.cleanUp { pinned.session.abort() } } else { pinned.session.abort() }
        }
        let isClosed = state.withLock { state in
            state.leases.removeAll(where: \.hasEnded)
            state.leases.append(lease)
            return state.isClosed
        }
        if isClosed { lease.end() }
        watch.expect(lease.deadline)
        return lease
    }

    private func takeSlot() async throws -> SnapshotSlot {
        let answer = Answer<SnapshotSlot>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.wait(continuation)
                enter(answer)
            }
        } onCancel: {
            answer.settle(.failure(CancellationError()))
        }
    }

    private func enter(_ answer: Answer<SnapshotSlot>) {
        let outcome = state.withLock { state -> Result<SnapshotSlot, any Error>? in
            if state.isClosed { return .failure(StoreError.closed) }
            if state.free > 0 {
                state.free -= 1
                return .success(SnapshotSlot(self))
            }
            guard state.line.count < lineLimit else {
                return .failure(StoreError.unavailable(reason: "too many wait for a snapshot", retryAfter: 1))
            }
            state.line.append((answer, .now + patience))
            watch.expect(.now + patience)
            return nil
        }
        if let outcome { answer.settle(outcome) }
    }

    /// A slot has become free; the first in line has it now.
    fileprivate func slotEnded() {
        let next = state.withLock { state -> Answer<SnapshotSlot>? in
            state.line.removeAll { $0.answer.isSettled }
            guard !state.line.isEmpty else {
                state.free += 1
                return nil
            }
            return state.line.removeFirst().answer
        }
        // Should it give up at this moment, its slot ends at once and goes to the next.
        next?.settle(.success(SnapshotSlot(self)))
    }

    /// Ends the snapshots whose time is over, and the wait of those who have waited long enough.
    /// - Returns: when the next one is over.
    func expire(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        let (leases, line, next) = state.withLock { state in
            let expired = state.leases.filter { $0.deadline <= now }
            state.leases.removeAll { $0.deadline <= now || $0.hasEnded }
            let late = state.line.prefix { $0.deadline <= now }.map(\.answer)
            state.line.removeFirst(late.count)
            return (expired, late, (state.leases.map(\.deadline) + state.line.map(\.deadline)).min())
        }
        for answer in line {
            answer.settle(.failure(StoreError.unavailable(reason: "too many long lists are being read", retryAfter: 2)))
        }
        for lease in leases { lease.end() }
        return next
    }

    /// Ends all snapshots, after the reads that are running.
    func close() {
        let (leases, line) = state.withLock { state in
            state.isClosed = true
            defer {
                state.leases = []
                state.line = []
            }
            return (state.leases, state.line)
        }
        for waiting in line { waiting.answer.settle(.failure(StoreError.closed)) }
        for lease in leases { lease.end() }
    }
}

/// The right to be one of the snapshots; it ends with the last reference to it.
final class SnapshotSlot: Sendable {
    private let register: SnapshotRegister

    fileprivate init(_ register: SnapshotRegister) {
        self.register = register
    }

    deinit {
        register.slotEnded()
    }
}
