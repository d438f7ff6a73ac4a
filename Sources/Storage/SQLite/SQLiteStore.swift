import Kernel
import Synchronization

/// An open database: readers for point lookups, readers for snapshots, and one writer.
final class SQLiteStore: OpenStore {
    let readers: ConnectionPool
    let snapshots: SnapshotRegister
    let queue: WriteQueue
    let writer: Writer
    let waitingRoom: SpoolArea?
    private let writeLimit: Duration
    private let tables: [CollectionTable]
    private let revisions: CollectionRevisions
    let file: DatabaseFile
    private let closing = Mutex<Task<Void, Never>?>(nil)

    /// The lock beside the file keeps other services away.
    var isShared: Bool { false }

    /// - Parameter writing: a connection to the database, whose schema has been brought up to date.
    init(
        _ file: DatabaseFile, tables: [CollectionTable], writing connection: Connection, settings: SQLiteSettings,
        log: Logger
    ) throws {
        func pool(_ count: Int, _ name: String) -> ConnectionPool {
            ConnectionPool(count, lineLimit: settings.queue, name: name) {
                // A reader meets a lock only while another program recovers the file; it must not hold up a loop.
                try Connection(file.path, .reader, busyTimeout: .milliseconds(100))
            }
        }
        let snapshots = SnapshotRegister(
            pool(settings.snapshots, "snapshots"), lifetime: settings.snapshotDeadline)
        readers = pool(settings.readers, "readers")
        // One reader is there from the start. While it is, SQLite keeps its index of the log; without, a writer that
        // reopens after a commit that failed would read the log anew, and find in it what nobody was promised.
        if let reader = try readers.takeFree() { readers.give(back: reader) }
        queue = WriteQueue(limit: settings.queue)
        self.snapshots = snapshots
        self.tables = tables
        let revisions = CollectionRevisions(collections: tables.count)
        self.revisions = revisions
        self.file = file
        waitingRoom = SpoolArea(in: file.folder, limit: settings.spool, of: settings.product)
        writeLimit = settings.busyTimeout
        let checkpointer = try Checkpointer(log: log) {
            try Connection(file.path, .checkpointer, busyTimeout: .zero)
        }
        writer = try Writer(
            connection, queue: queue, snapshots: snapshots, checkpointer: checkpointer, tables: tables,
            revisions: revisions,
            log: log
        ) {
            try Connection(file.path, .writer, busyTimeout: .zero)
        }
    }

    /// Runs inline, on the caller's thread: a point lookup takes microseconds, a hop to another thread more. A read that
    /// turns out long is ended, and begun again on a thread of its own. What may pass (another program holds the file,
    /// the disk reports an error) is tried again until the deadline.
    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        let connection = try await readers.take()
        defer { readers.give(back: connection) }
        var deadline: ContinuousClock.Instant?
        while true {
            do {
                if let result = connection.withBudget({ Result { try connection.read(tables, body) } }) {
                    return try result.get()
                }
                return try await OwnThread.reading { [tables] in try connection.read(tables, body) }
            } catch StoreError.unavailable(let reason, let retryAfter) {
                let end = deadline ?? StorageDeadlines.end(after: StorageDeadlines.read)
                deadline = end
                guard .now + Self.pause < end else {
                    throw StoreError.unavailable(reason: reason, retryAfter: retryAfter)
                }
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    func readAtOnce<R>(_ body: (any ReadTransaction) throws -> R) throws -> R? {
        do {
            guard let connection = try readers.takeFree() else { return nil }
            defer { readers.give(back: connection) }
            return try connection.withBudget { try connection.read(tables, body) }
        } catch StoreError.unavailable {
            return nil
        }
    }

    func revision(of collections: [Collection]) -> UInt64? { revisions.revision(of: collections) }

    /// Between two attempts to read.
    private static let pause = Duration.milliseconds(50)

    func write<R: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> R) async throws -> R {
        try await write(within: writeLimit, body)
    }

    private func write<R: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable (any WriteTransaction) throws -> R
    ) async throws -> R {
        let id = queue.newID()
        let deadline = StorageDeadlines.end(after: limit)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.add(Write(id, by: deadline, continuation, body))
                // A cancellation that came before the write was queued found nothing to take out.
                if Task.isCancelled { queue.cancel(id) }
            }
        } onCancel: {
            queue.cancel(id)
        }
    }

    func snapshot() async throws -> any Snapshot {
        SQLiteSnapshot(try await snapshots.open(onWait: queue.wake), tables, waitingRoom)
    }

    func ping() async throws {
        let connection = try await readers.take()
        defer { readers.give(back: connection) }
        try translatingErrors { try connection.run(.pin) }
        if connection.fileHasMoved {
            throw StoreError.unavailable(reason: "the database file was removed or replaced", retryAfter: 5)
        }
        // After a failure only a write can tell whether writing works again; nobody else may try while not ready.
        if writer.lastFailure != nil {
            try await write(within: Self.probe) { try ($0 as? Transaction)?.touch() }
        }
    }

    /// How long readiness waits for a write.
    private static let probe = Duration.seconds(1)

    func close() async {
        let task = closing.withLock { closing in
            let task = closing ?? Task { await self.closeAll() }
            closing = task
            return task
        }
        await task.value
    }

    private func closeAll() async {
        queue.close()
        await readers.close()
        await snapshots.close()
        await writer.close()
        await writer.afterCommit.finish()
        file.release()
    }
}

extension Connection {
    /// Runs `body` in a transaction that only reads.
    func read<R>(_ tables: [CollectionTable], _ body: (any ReadTransaction) throws -> R) throws -> R {
        try translatingErrors { try run(.begin) }
        defer { endReading() }
        return try body(Transaction(connection: self, tables: tables))
    }
}

extension Transaction {
    /// Writes a page without changing anything.
    func touch() throws {
        try translatingErrors { try connection.execute("PRAGMA user_version = \(Schema.version)") }
    }
}
