import Kernel
import Synchronization

/// A reader connection whose transaction stays open between reads.
///
/// While it is open, the WAL cannot be taken into use again from its start; that is why its lifetime is bounded. It
/// ends at the latest when the writer finds it older than the deadline, before it makes the WAL longer.
final class SQLiteSnapshot: Snapshot {
    private let lease: SnapshotLease
    private let tables: [CollectionTable]

    init(_ lease: SnapshotLease, _ tables: [CollectionTable]) {
        self.lease = lease
        self.tables = tables
    }

    deinit {
        lease.end()
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        let connection = try lease.borrow()
        defer { lease.giveBack() }
        return try body(Transaction(connection: connection, tables: tables))
    }
}

/// The right to one pinned connection: until the snapshot goes away, its deadline passes, or the store closes.
final class SnapshotLease: Sendable {
    private enum State {
        case idle(Connection)
        /// A read is running; `isEnding` when the lease ends with it.
        case reading(Connection, isEnding: Bool)
        case ended
    }

    let deadline: Instant
    private let state: Mutex<State>
    /// Nanoseconds of the instant of the last read's end; far away while one is running.
    private let idleSince: Atomic<Int64>
    private let pool: ConnectionPool

    init(_ connection: Connection, until deadline: Instant, from pool: ConnectionPool) {
        self.deadline = deadline
        self.pool = pool
        state = Mutex(.idle(connection))
        idleSince = Atomic(Instant.now.nanoseconds)
    }

    /// When it ends at the latest if somebody else waits for its connection.
    /// - Parameter patience: how long nothing may be read. The client does not take what was read before, then.
    func expiry(_ patience: Duration) -> Instant {
        let since = idleSince.load(ordering: .relaxed)
        return since == .max ? deadline : min(deadline, Instant(nanoseconds: since) + patience)
    }

    var hasEnded: Bool {
        state.withLock { if case .ended = $0 { true } else { false } }
    }

    func borrow() throws -> Connection {
        if deadline < .now { end() }
        return try state.withLock { state in
            switch state {
            case .idle(let connection):
                state = .reading(connection, isEnding: false)
                idleSince.store(.max, ordering: .relaxed)
                return connection
            case .reading:
                throw StoreError.misuse("a snapshot is used by two tasks at a time")
            case .ended:
                throw StoreError.unavailable(
                    reason: "the snapshot has ended: at its deadline, for others that waited, or with the store",
                    retryAfter: 1)
            }
        }
    }

    func giveBack() {
        let ended = state.withLock { state -> Connection? in
            guard case .reading(let connection, let isEnding) = state else { return nil }
            state = isEnding ? .ended : .idle(connection)
            idleSince.store(Instant.now.nanoseconds, ordering: .relaxed)
            return isEnding ? connection : nil
        }
        if let ended { release(ended) }
    }

    /// Ends the transaction and gives the connection back; after the read that is running, if one is.
    func end() {
        let ended = state.withLock { state -> Connection? in
            switch state {
            case .idle(let connection):
                state = .ended
                return connection
            case .reading(let connection, _):
                state = .reading(connection, isEnding: true)
                return nil
            case .ended:
                return nil
            }
        }
        if let ended { release(ended) }
    }

    private func release(_ connection: Connection) {
        connection.endReading()
        pool.give(back: connection)
    }
}
