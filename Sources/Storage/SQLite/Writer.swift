import CSQLite
import Kernel
import Synchronization

/// The one thread that writes. It commits in groups: all writes that wait become one transaction, each in its own
/// savepoint, with one fsync for all of them; only then their callers hear of it.
final class Writer: Sendable {
    private let queue: WriteQueue
    private let snapshots: SnapshotRegister
    private let tables: [CollectionTable]
    private let open: @Sendable () throws -> Connection
    private let busyTimeout: Duration
    private let log: Logger
    let groupSizes = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, Bounds.group])
    private let state = Mutex(State())

    private struct State {
        /// Why the last group could not be committed; nil after one that could.
        var failure: StoreError?
        var checkpointFails = false
        var hasEnded = false
        var closer: CheckedContinuation<Void, Never>?
    }

    private enum Bounds {
        /// Writes in one transaction.
        static let group = 256
        /// WAL frames (pages of 4 KiB) after which the WAL is copied into the database.
        static let framesToCheckpoint = 1000
        /// WAL frames from which readers are waited for (a moment), so that the WAL starts anew.
        static let framesToRestart = 16_000
        static let restartPatience: Duration = .milliseconds(20)
    }

    /// - Parameter open: opens a connection to write with; called again when one has become unusable.
    init(
        _ connection: Connection, queue: WriteQueue, snapshots: SnapshotRegister, tables: [CollectionTable],
        busyTimeout: Duration, log: Logger, open: @escaping @Sendable () throws -> Connection
    ) throws {
        self.queue = queue
        self.snapshots = snapshots
        self.tables = tables
        self.log = log
        self.open = open
        self.busyTimeout = busyTimeout
        try OwnThread.start("sqlite-writer") { self.run(connection) }
    }

    var lastFailure: StoreError? { state.withLock { $0.failure } }

    /// Lets the writes that wait finish, then copies the WAL into the database and closes the connection.
    func close() async {
        queue.close()
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.closer = continuation }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    // What follows runs on the writer thread.

    private func run(_ first: Connection) {
        var connection: Connection? = first
        while let group = queue.next(Bounds.group, deadline: { snapshots.nextExpiry }) {
            snapshots.expire()
            if group.isEmpty { continue }
            let failure = commit(group, &connection)
            for write in group { write.finish(failure) }
            if failure == nil, let connection { checkpoint(connection) }
        }
        do {
            try connection?.checkpoint(SQLITE_CHECKPOINT_TRUNCATE)
        } catch {
            log.warning("the write-ahead log could not be copied into the database at closing: \(error)")
        }
        connection?.close()
        let closer = state.withLock { state in
            state.hasEnded = true
            return state.closer
        }
        closer?.resume()
    }

    /// Runs and commits a group.
    /// - Returns: why nothing of it was done, or nil.
    private func commit(_ group: [any QueuedWrite], _ connection: inout Connection?) -> StoreError? {
        do {
            let usable = try connection ?? open()
            connection = usable
            let commits = usable.commits
            try commit(group, on: usable)
            if usable.commits > commits {
                groupSizes.observe(group.count)
                recovered()
            }
            return nil
        } catch let error as SQLiteError {
            failed(error.storeError)
            // What the connection believes of the file may be wrong after a failed read or write.
            if error.primary != SQLITE_FULL, error.primary != SQLITE_BUSY {
                connection?.close()
                connection = nil
            }
            return error.storeError
        } catch {
            let failure = error as? StoreError ?? .unavailable(reason: "\(error)", retryAfter: 5)
            failed(failure)
            return failure
        }
    }

    private func commit(_ group: [any QueuedWrite], on connection: Connection) throws {
        guard !connection.fileHasMoved else {
            throw StoreError.unavailable(
                reason: "the database file was removed or replaced while in use; restart the service", retryAfter: 5)
        }
        let transaction = Transaction(connection: connection, tables: tables)
        do {
            try connection.run(.beginWriting)
            if group.count == 1 {
                // Alone, its rollback is the transaction's.
                if !group[0].run(in: transaction), connection.isInTransaction { return try connection.rollBack() }
            } else {
                for write in group { try run(write, in: transaction) }
            }
            guard connection.isInTransaction else { throw connection.lostTransaction }
            try connection.run(.commit)
        } catch {
            try? connection.rollBack()
            throw error
        }
    }

    private func run(_ write: any QueuedWrite, in transaction: Transaction) throws {
        let connection = transaction.connection
        try connection.run(.savepoint)
        if !write.run(in: transaction) {
            guard connection.isInTransaction else { throw connection.lostTransaction }
            try connection.run(.rollBackToSavepoint)
        }
        guard connection.isInTransaction else { throw connection.lostTransaction }
        try connection.run(.release)
    }

    /// Copies the WAL into the database when it has grown. Readers are not disturbed; what they still need stays.
    private func checkpoint(_ connection: Connection) {
        guard connection.framesInWAL >= Bounds.framesToCheckpoint else { return }
        do {
            try connection.checkpoint(SQLITE_CHECKPOINT_PASSIVE)
            if connection.framesInWAL >= Bounds.framesToRestart {
                connection.setBusyTimeout(Bounds.restartPatience)
                defer { connection.setBusyTimeout(busyTimeout) }
                try connection.checkpoint(SQLITE_CHECKPOINT_RESTART)
            }
            state.withLock { $0.checkpointFails = false }
        } catch {
            // Readers hold it: the next commit tries again.
            if error.primary == SQLITE_BUSY { return }
            let isNews = state.withLock { state in
                defer { state.checkpointFails = true }
                return !state.checkpointFails
            }
            if isNews { log.error("the write-ahead log cannot be copied into the database, and grows: \(error)") }
        }
    }

    private func failed(_ failure: StoreError) {
        let isNews = state.withLock { state in
            defer { state.failure = failure }
            return state.failure == nil
        }
        if isNews { log.error("the database cannot be written: \(failure)") }
    }

    private func recovered() {
        let isNews = state.withLock { state in
            defer { state.failure = nil }
            return state.failure != nil
        }
        if isNews { log.info("the database can be written again") }
    }
}
