import Kernel
import Synchronization

/// An open database: readers for point lookups, readers for snapshots, and one writer.
final class SQLiteStore: OpenStore {
    let readers: ConnectionPool
    let snapshots: SnapshotRegister
    let queue: WriteQueue
    let writer: Writer
    private let tables: [CollectionTable]
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
        self.file = file
        writer = try Writer(
            connection, queue: queue, snapshots: snapshots, tables: tables, busyTimeout: settings.busyTimeout, log: log
        ) {
            try Connection(file.path, .writer, busyTimeout: settings.busyTimeout)
        }
    }

    /// Runs inline, on the caller's thread: a point lookup takes microseconds, a hop to another thread more.
    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        let connection = try await readers.take()
        defer {
            connection.endReading()
            readers.give(back: connection)
        }
        try translatingErrors { try connection.run(.begin) }
        return try body(Transaction(connection: connection, tables: tables))
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> R) async throws -> R {
        let id = queue.newID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.add(Write(id, continuation, body))
                // A cancellation that came before the write was queued found nothing to take out.
                if Task.isCancelled { queue.cancel(id) }
            }
        } onCancel: {
            queue.cancel(id)
        }
    }

    func snapshot() async throws -> any Snapshot {
        SQLiteSnapshot(try await snapshots.open(onWait: queue.wake), tables)
    }

    func ping() async throws {
        let connection = try await readers.take()
        defer { readers.give(back: connection) }
        try translatingErrors { try connection.run(.pin) }
        if connection.fileHasMoved {
            throw StoreError.unavailable(reason: "the database file was removed or replaced", retryAfter: 5)
        }
        // After a failure only a write can tell whether writing works again; nobody else may try while not ready.
        if writer.lastFailure != nil { try await write { try ($0 as? Transaction)?.touch() } }
    }

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
        file.release()
    }
}

extension Transaction {
    /// Writes a page without changing anything.
    func touch() throws {
        try translatingErrors { try connection.execute("PRAGMA user_version = \(Schema.version)") }
    }
}
