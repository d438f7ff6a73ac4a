import Kernel
import Synchronization

/// A reader connection whose transaction stays open between reads.
///
/// While it is open, the WAL cannot be taken into use again from its start; that is why its lifetime is bounded. When
/// it is over, and when the WAL has become long, who reads from it is asked to copy out the rest, for which there is
/// some time; then it ends.
final class SQLiteSnapshot: Snapshot {
    let spools: SpoolArea?
    private let lease: SnapshotLease
    private let tables: [CollectionTable]

    init(_ lease: SnapshotLease, _ tables: [CollectionTable], _ spools: SpoolArea?) {
        self.lease = lease
        self.tables = tables
        self.spools = spools
    }

    deinit {
        lease.end()
    }

    func whenWanted(_ makeRoom: @escaping @Sendable () -> Void) { lease.whenWanted(makeRoom) }

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
    private let request: Mutex<Request>
    /// Nanoseconds of the instant of the last read's end; far away while one is running.
    private let idleSince: Atomic<Int64>
    private let pool: ConnectionPool

    /// What has been asked of who reads.
    private struct Request {
        /// Until when it is to be done; nil if nothing was asked.
        var end: Instant?
        var makeRoom: (@Sendable () -> Void)?
    }

    /// How long the rest may be copied out.
    static let grace = Duration.seconds(10)

    init(_ connection: Connection, until deadline: Instant, from pool: ConnectionPool) {
        self.deadline = deadline
        self.pool = pool
        state = Mutex(.idle(connection))
        request = Mutex(Request())
        idleSince = Atomic(Instant.now.nanoseconds)
    }

    /// Has `makeRoom` called when others need what the lease holds; at once if they do already.
    func whenWanted(_ makeRoom: @escaping @Sendable () -> Void) {
        let isWanted = request.withLock { request in
            request.makeRoom = makeRoom
            return request.end != nil
        }
        if isWanted { makeRoom() }
    }

    /// Asks who reads to come to an end; the first time only.
    func press() {
        let makeRoom = request.withLock { request -> (@Sendable () -> Void)? in
            guard request.end == nil else { return nil }
            request.end = .now + Self.grace
            return request.makeRoom
        }
        makeRoom?()
    }

    /// Its time is over: asks, and ends it once the time for that is over too; at once if there is nobody to ask.
    /// - Returns: whether it has ended.
    func expire() -> Bool {
        let (end, canAsk) = request.withLock { ($0.end, $0.makeRoom != nil) }
        if canAsk, end.map({ .now < $0 }) ?? true { press() } else { self.end() }
        return hasEnded
    }

    /// When it is next asked to end, or ends if it has been.
    /// - Parameter patience: how long nothing may be read, if somebody waits for its connection. The client does not
    ///   take what was read before, then.
    func expiry(_ patience: Duration?) -> Instant {
        let (end, canAsk) = request.withLock { ($0.end, $0.makeRoom != nil) }
        if canAsk, let end { return end }
        let limit = min(deadline, end ?? deadline)
        let since = idleSince.load(ordering: .relaxed)
        guard let patience, since != .max else { return limit }
        return min(limit, Instant(nanoseconds: since) + patience)
    }

    var hasEnded: Bool {
        state.withLock { if case .ended = $0 { true } else { false } }
    }

    func borrow() throws -> Connection {
        if expiry(nil) <= .now { _ = expire() }
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
