import Kernel
import Synchronization

/// The snapshots that are open.
final class SnapshotRegister: Sendable {
    private struct State {
        var leases: [SnapshotLease] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let pool: ConnectionPool
    private let lifetime: Duration
    private let waiting = Atomic(0)
    /// Whether the write-ahead log has become long: then no new one is opened until the others have ended and the log
    /// is in the database.
    private let pressed = Atomic(false)

    init(_ pool: ConnectionPool, lifetime: Duration) {
        self.pool = pool
        self.lifetime = lifetime
    }

    /// Opens a snapshot, after those who wait already.
    /// - Parameter onWait: called before waiting; makes sure that `expire` is called at `nextExpiry`.
    func open(onWait: () -> Void) async throws -> SnapshotLease {
        try await waitForRoom(onWait)
        let connection: Connection
        if let free = try pool.takeFree() {
            connection = free
        } else {
            waiting.add(1, ordering: .sequentiallyConsistent)
            defer { waiting.subtract(1, ordering: .sequentiallyConsistent) }
            expire()
            onWait()
            connection = try await pool.take()
        }
        do {
            try translatingErrors { try connection.beginSnapshot() }
        } catch {
            pool.give(back: connection)
            throw error
        }
        let lease = SnapshotLease(connection, until: .now + lifetime, from: pool)
        let isClosed = state.withLock { state in
            // No more are open than the pool has connections.
            state.leases.removeAll { $0.hasEnded }
            state.leases.append(lease)
            return state.isClosed
        }
        if isClosed { lease.end() }
        return lease
    }

    /// Asks the readers of snapshots whose time is over to copy out the rest, and ends those that had time to; where
    /// somebody waits for one, those that nobody reads from as well, so that clients that do not read what they asked
    /// for cannot keep all of them.
    func expire() {
        let now = Instant.now
        let expired = state.withLock { state in state.leases.filter { expiry(of: $0) <= now } }
        let ended = expired.filter { $0.expire() }
        guard !ended.isEmpty else { return }
        state.withLock { state in state.leases.removeAll { lease in ended.contains { $0 === lease } } }
    }

    private func waitForRoom(_ onWait: () -> Void) async throws {
        let limit = Instant.now + SnapshotLease.grace
        while isPressed, Instant.now < limit {
            waiting.add(1, ordering: .sequentiallyConsistent)
            defer { waiting.subtract(1, ordering: .sequentiallyConsistent) }
            onWait()
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Asks all readers of snapshots to copy out the rest: the write-ahead log has become long. Others wait until
    /// `relieve`.
    func press() {
        pressed.store(true, ordering: .sequentiallyConsistent)
        for lease in state.withLock({ $0.leases }) { lease.press() }
    }

    func relieve() { pressed.store(false, ordering: .sequentiallyConsistent) }

    var isPressed: Bool { pressed.load(ordering: .sequentiallyConsistent) }

    /// Whether any snapshot is open.
    var hasOpen: Bool { state.withLock { $0.leases.contains { !$0.hasEnded } } }

    /// When `expire` has something to do for someone who waits; nil if nobody does.
    var nextExpiry: Instant? {
        guard isAwaited else { return nil }
        if isPressed, !hasOpen { return .now }
        return state.withLock { state in
            state.leases.lazy.filter { !$0.hasEnded }.map(expiry).min()
        }
    }

    var usage: ConnectionPool.Usage { pool.usage }

    private var isAwaited: Bool { waiting.load(ordering: .sequentiallyConsistent) > 0 }

    private func expiry(of lease: SnapshotLease) -> Instant {
        lease.expiry(isAwaited ? Self.patience : nil)
    }

    /// How long a snapshot that others wait for may go unread.
    private static let patience = Duration.seconds(1)

    /// Ends all snapshots, after the reads that are running, and closes their connections.
    func close() async {
        let leases = state.withLock { state in
            state.isClosed = true
            defer { state.leases = [] }
            return state.leases
        }
        for lease in leases { lease.end() }
        await pool.close()
    }
}
