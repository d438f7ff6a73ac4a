import CSQLite
import Kernel

/// One connection to the database file, with its prepared statements.
// @unchecked Sendable: it has one owner at a time; pools and the writer's queue hand it over under their locks.
final class Connection: @unchecked Sendable {
    enum Role: Sendable {
        case reader
        case writer
        /// Copies the write-ahead log into the database.
        case checkpointer
        /// Reads a database that is to stay as it is. With `isAtRest` nobody has it open and it has no write-ahead log:
        /// then nothing is made beside it, and it may lie where nothing can be written.
        case source(isAtRest: Bool)
        /// Fills a new file that is thrown away if that does not succeed.
        case backup
    }

    let handle: OpaquePointer
    private var isOpen = true
    private var statements = StatementCache(capacity: 128)
    private var boundaries = [Statement?](repeating: nil, count: Boundary.allCases.count)
    /// Frames in the WAL after the last commit of this connection that wrote something (sqlite3_wal_hook).
    private(set) var framesInWAL = 0
    /// Commits of this connection that wrote something.
    private(set) var commits = 0
    private var busyTimeout = Duration.zero
    /// How much may still be done before statements are interrupted: see `withBudget`.
    var budget = Int.max

    /// Opens an existing file (sqlite3_open_v2); a new one for a backup. The connection takes no locks of its own: see
    /// `NOMUTEX`.
    init(_ path: String, _ role: Role, busyTimeout: Duration) throws(SQLiteError) {
        _ = Self.isLibraryConfigured
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(
            role.name(of: path), &handle, role.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            defer { sqlite3_close_v2(handle) }
            throw SQLiteError(lastOf: handle, code: code)
        }
        self.handle = handle
        setBusyTimeout(busyTimeout)
        try configure(role)
    }

    deinit {
        close()
    }

    /// Once, before the first connection; if somebody has opened one already, SQLite goes on as it was.
    private static let isLibraryConfigured = csqlite_forgo_memory_statistics() == SQLITE_OK

    /// Closes the connection, which nobody uses any more (sqlite3_close_v2).
    func close() {
        guard isOpen else { return }
        isOpen = false
        statements.removeAll()
        boundaries = Array(repeating: nil, count: boundaries.count)
        sqlite3_close_v2(handle)
    }

    private func configure(_ role: Role) throws(SQLiteError) {
        switch role {
        case .reader:
            try execute("PRAGMA cache_size = -1024")
            try execute("PRAGMA query_only = ON")
            watchBudget()
        case .source:
            break
        case .checkpointer:
            try execute("PRAGMA synchronous = FULL")
            try execute("PRAGMA wal_autocheckpoint = 0")
        case .writer:
            try execute("PRAGMA cache_size = -4096")
            try execute("PRAGMA synchronous = FULL")
            try execute("PRAGMA journal_size_limit = 8388608")
            // That is done between the commits, and by a thread of its own.
            try execute("PRAGMA wal_autocheckpoint = 0")
            let context = Unmanaged.passUnretained(self).toOpaque()
            sqlite3_wal_hook(
                handle,
                { context, _, _, frames in
                    guard let context else { return SQLITE_OK }
                    let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
                    connection.framesInWAL = Int(frames)
                    connection.commits += 1
                    return SQLITE_OK
                }, context)
        case .backup:
            try execute("PRAGMA journal_mode = OFF")
            try execute("PRAGMA synchronous = OFF")
        }
    }

    /// Whether a transaction is open (sqlite3_get_autocommit): some failures end it without being asked.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Whether the file has been removed, renamed or replaced since it was opened (SQLITE_FCNTL_HAS_MOVED).
    var fileHasMoved: Bool {
        var moved: Int32 = 0
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return moved != 0
    }

    /// What went wrong last.
    var lastError: SQLiteError { SQLiteError(lastOf: handle) }

    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Rows changed by the last statement itself, without those that triggers changed (sqlite3_changes).
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// Runs statements whose rows are of no interest (sqlite3_exec).
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK {
            throw SQLiteError(lastOf: handle, code: code)
        }
    }

    /// Runs a statement that is not kept, and calls `row` for each of its rows.
    func query(_ sql: String, _ values: [SQLValue] = [], row: (Statement) throws -> Void) throws {
        let statement = try Statement(sql, on: handle)
        for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
        while try statement.step() { try row(statement) }
    }

    /// The integer in the first column of the first row.
    func integer(_ sql: String, _ values: [SQLValue] = []) throws -> Int64? {
        var result: Int64?
        try query(sql, values) { result = result ?? $0.integer(0) }
        return result
    }

    /// Whether a statement is kept for `key`.
    func keepsStatement(_ key: StatementCache.Key) -> Bool { statements.has(key) }

    func statement(of boundary: Boundary) throws(SQLiteError) -> Statement {
        if let statement = boundaries[boundary.rawValue] { return statement }
        let statement = try Statement(boundary.sql, on: handle)
        boundaries[boundary.rawValue] = statement
        return statement
    }

    /// Lends the kept statement of `key`, whose text `sql` builds when it is needed for the first time.
    func withStatement<R>(
        _ key: StatementCache.Key, sql: () throws -> String, _ body: (Statement) throws -> R
    ) throws -> R {
        let statement = try statements.statement(for: key) { try Statement(try sql(), on: handle) }
        statement.isBusy = true
        defer {
            statement.reset()
            statement.isBusy = false
        }
        return try body(statement)
    }

    /// How long a statement waits for a lock that another connection holds (sqlite3_busy_timeout).
    func setBusyTimeout(_ timeout: Duration) {
        busyTimeout = timeout
        sqlite3_busy_timeout(handle, Int32(clamping: timeout.milliseconds))
    }

    /// Copies the WAL into the database file (sqlite3_wal_checkpoint_v2).
    /// - Parameter patience: how long readers are waited for, by the modes that do; nil for as long as for any lock.
    /// - Returns: how many frames of the WAL are in the database.
    @discardableResult
    func checkpoint(_ mode: Int32, _ patience: Duration? = nil) throws(SQLiteError) -> Int {
        let usual = busyTimeout
        if let patience { setBusyTimeout(patience) }
        defer { if patience != nil { setBusyTimeout(usual) } }
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, &copied)
        if code != SQLITE_OK {
            throw SQLiteError(lastOf: handle, code: code)
        }
        return Int(copied)
    }
}

extension Connection.Role {
    fileprivate var flags: Int32 {
        switch self {
        case .reader, .writer, .checkpointer: SQLITE_OPEN_READWRITE
        case .backup: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .source: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
        }
    }

    /// What the file is called for SQLite: a path, or a URI where it says more than that (sqlite.org/uri.html).
    fileprivate func name(of path: String) -> String {
        guard case .source(let isAtRest) = self else { return path }
        return "file:\(PercentEncoding.encode(path))" + (isAtRest ? "?immutable=1" : "?mode=ro")
    }
}
