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

    init(_ pool: ConnectionPool, lifetime: Duration) {
        self.pool = pool
        self.lifetime = lifetime
    }

    /// Opens a snapshot, after those who wait already.
    /// - Parameter onWait: called before waiting; makes sure that `expire` is called at `nextExpiry`.
    func open(onWait: () -> Void) async throws -> SnapshotLease {
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

    /// Ends the snapshots whose time is over; where somebody waits for one, those that nobody reads from as well, so
    /// that clients that do not read what they asked for cannot keep all of them.
    func expire() {
        let now = Instant.now
        let expired = state.withLock { state in
            let expired = state.leases.filter { expiry(of: $0) <= now }
            state.leases.removeAll { lease in expired.contains { $0 === lease } }
            return expired
        }
        for lease in expired { lease.end() }
    }

    /// When `expire` has something to do for someone who waits; nil if nobody does.
    var nextExpiry: Instant? {
        guard isAwaited else { return nil }
        return state.withLock { state in
            state.leases.lazy.filter { !$0.hasEnded }.map(expiry).min()
        }
    }

    var usage: ConnectionPool.Usage { pool.usage }

    private var isAwaited: Bool { waiting.load(ordering: .sequentiallyConsistent) > 0 }

    private func expiry(of lease: SnapshotLease) -> Instant {
        isAwaited ? lease.expiry(Self.patience) : lease.deadline
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
