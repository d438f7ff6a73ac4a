import CSQLite
import Kernel
import Synchronization

/// The one thread that writes. It commits in groups: all writes that wait become one transaction, each in its own
/// savepoint, with one fsync for all of them; only then their callers hear of it.
///
/// A group that fails for what may pass (another program holds the file, the disk is full or reports an error) is rolled
/// back and tried again, its writes one by one, until the deadline of each.
final class Writer: Sendable {
    private let queue: WriteQueue
    private let snapshots: SnapshotRegister
    private let checkpointer: Checkpointer
    private let tables: [CollectionTable]
    private let revisions: CollectionRevisions
    private let open: @Sendable () throws -> Connection
    private let log: Logger
    let afterCommit = AfterCommit()
    let groupSizes = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, Bounds.group])
    private let state = Mutex(State())

    private struct State {
        /// Why writes are not committed; nil while they are.
        var failure: StoreError?
        var hasEnded = false
        var closer: CheckedContinuation<Void, Never>?
    }

    private enum Bounds {
        /// Writes in one transaction.
        static let group = 256
        /// Between two attempts on a disk that fails.
        static let pause = Duration.milliseconds(100)
        /// How long one attempt waits for another program; between attempts, writes can be taken out.
        static let busyTimeout = Duration.milliseconds(50)
        /// How long another program may hold the file before that is told.
        static let busyPatience = Duration.seconds(1)
    }

    /// How the attempts of late went; the writer thread's own.
    private struct Attempts {
        /// The most writes in the next group.
        var group = Bounds.group
        var pause: ContinuousClock.Instant?
        var busySince: ContinuousClock.Instant?
        var last: StoreError?
    }

    /// - Parameter open: opens a connection to write with; called again when one has become unusable.
    init(
        _ connection: Connection, queue: WriteQueue, snapshots: SnapshotRegister, checkpointer: Checkpointer,
        tables: [CollectionTable], revisions: CollectionRevisions, log: Logger,
        open: @escaping @Sendable () throws -> Connection
    ) throws {
        self.queue = queue
        self.snapshots = snapshots
        self.checkpointer = checkpointer
        self.tables = tables
        self.revisions = revisions
        self.log = log
        self.open = open
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
        first.setBusyTimeout(Bounds.busyTimeout)
        var connection: Connection? = first
        var attempts = Attempts()
        var logBound = LogBound(snapshots, checkpointer, log)
        working: while true {
            let turn = queue.next(
                attempts.group, notBefore: attempts.pause, givesUp: attempts.last != nil,
                wake: { snapshots.nextExpiry })
            switch turn {
            case .write(let group):
                snapshots.expire()
                attempt(group, &connection, &attempts)
                if attempts.last == nil, let connection { logBound.keep(connection) }
            case .giveUp(let writes):
                for write in writes { write.finish(attempts.last) }
            case .wake:
                snapshots.expire()
                if let connection { logBound.makeRoom(connection) }
            case .end:
                break working
            }
        }
        checkpointer.stop()
        close(connection)
        let closer = state.withLock { state in
            state.hasEnded = true
            return state.closer
        }
        closer?.resume()
    }

    private func close(_ connection: Connection?) {
        do {
            try connection?.checkpoint(SQLITE_CHECKPOINT_TRUNCATE)
        } catch {
            log.warning("the write-ahead log could not be copied into the database at closing: \(error)")
        }
        connection?.close()
    }

    /// Runs and commits a group, and tells its callers; or puts it back to be tried again.
    private func attempt(_ group: [any QueuedWrite], _ connection: inout Connection?, _ attempts: inout Attempts) {
        do {
            let usable = try connection ?? open()
            if connection == nil { usable.setBusyTimeout(Bounds.busyTimeout) }
            connection = usable
            let commits = usable.commits
            try commit(group, on: usable)
            if usable.commits > commits {
                groupSizes.observe(group.count)
                recovered()
            }
            attempts = Attempts(group: min(attempts.group * 4, Bounds.group))
            for write in group { write.finish(nil) }
        } catch let error as Permanent {
            attempts = Attempts()
            failed(error.failure)
            for write in group { write.finish(error.failure) }
        } catch {
            tryAgain(group, after: error, &connection, &attempts)
        }
    }

    /// What will not pass while the service runs.
    private struct Permanent: Error {
        let failure: StoreError
    }

    private func commit(_ group: [any QueuedWrite], on connection: Connection) throws {
        guard !connection.fileHasMoved else {
            throw Permanent(
                failure: .unavailable(
                    reason: "the database file was removed or replaced while in use; restart the service",
                    retryAfter: 5))
        }
        let hooks = CommitHooks()
        let transaction = Transaction(connection: connection, tables: tables, hooks: hooks)
        do {
            try connection.run(.beginWriting)
            if group.count == 1 {
                // Alone, its rollback is the transaction's.
                if try !group[0].run(in: transaction), connection.isInTransaction { return try connection.rollBack() }
            } else {
                for write in group { try run(write, in: transaction, hooks) }
            }
            guard connection.isInTransaction else { throw connection.lostTransaction }
            revisions.step(hooks.changed)
            defer { revisions.step(hooks.changed) }
            try connection.run(.commit)
            afterCommit.add(hooks.work)
        } catch {
            try? connection.rollBack()
            throw error
        }
    }

    private func run(_ write: any QueuedWrite, in transaction: Transaction, _ hooks: CommitHooks) throws {
        let connection = transaction.connection
        let asked = hooks.work.count
        try connection.run(.savepoint)
        if try !write.run(in: transaction) {
            guard connection.isInTransaction else { throw connection.lostTransaction }
            try connection.run(.rollBackToSavepoint)
            hooks.forget(from: asked)
        }
        guard connection.isInTransaction else { throw connection.lostTransaction }
        try connection.run(.release)
    }
}

// What becomes of a group that was not committed; on the writer thread.
extension Writer {
    private func tryAgain(
        _ group: [any QueuedWrite], after error: any Error, _ connection: inout Connection?,
        _ attempts: inout Attempts
    ) {
        let code = (error as? SQLiteError)?.primary
        let failure =
            (error as? SQLiteError)?.storeError ?? error as? StoreError
            ?? .unavailable(reason: "\(error)", retryAfter: 5)
        attempts.last = failure
        if code == SQLITE_BUSY {
            let since = attempts.busySince ?? .now
            attempts.busySince = since
            attempts.pause = nil
            if .now - since > Bounds.busyPatience { failed(failure) }
        } else {
            // Each on its own: what one of them needs need not fail the others.
            attempts.group = 1
            attempts.pause = .now + Bounds.pause
            failed(failure)
            // What the connection believes of the file may be wrong after a failed read or write.
            if code != SQLITE_FULL {
                connection?.close()
                connection = nil
            }
        }
        guard case .unavailable = failure, queue.putBack(group) else {
            for write in group { write.finish(failure) }
            return
        }
    }

    private func failed(_ failure: StoreError) {
        let isNews = state.withLock { state in
            defer { state.failure = failure }
            return state.failure == nil
        }
        if isNews { log.warning("the database cannot be written: \(failure)") }
    }

    private func recovered() {
        let isNews = state.withLock { state in
            defer { state.failure = nil }
            return state.failure != nil
        }
        if isNews { log.info("the database can be written again") }
    }
}
