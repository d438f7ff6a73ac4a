import CSQLite
import Glibc
import Kernel
import StorageSQLite

/// The Python service's file, opened so that nothing is written beside it.
///
/// A file with a journal of either kind beside it (a crash, or a write-ahead log) can only be read right after a
/// recovery, which writes: that is done on a copy of them in a folder of its own, which goes with the connection.
// @unchecked Sendable: it is used on one thread, that of its store.
final class PythonServiceDatabase: @unchecked Sendable {
    /// As the operator named it.
    let path: String
    private let handle: OpaquePointer
    private let copy: PrivateCopy?
    private var isOpen = true

    /// - Throws: `BootIssue` if it is not the Python service's database.
    init(_ path: String) throws {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BootIssue(
                .environment, "there is no file \(path) to copy from", remedy: "name the Python service's SQLITE_URL")
        }
        copy = try PrivateCopy(of: path)
        var handle: OpaquePointer?
        let code: Int32
        if let copy {
            code = sqlite3_open_v2(
                copy.path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        } else {
            let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
            code = sqlite3_open_v2(Self.uri(of: path), &handle, flags, nil)
        }
        guard code == SQLITE_OK, let handle else {
            let issue = Self.issue(SQLiteError(lastOf: handle, code: code), path)
            sqlite3_close_v2(handle)
            copy?.remove()
            throw issue
        }
        self.handle = handle
        do {
            sqlite3_busy_timeout(handle, 5000)
            try execute("PRAGMA temp_store = MEMORY")
            try execute("BEGIN")
            try checkTables()
            try orderLog()
        } catch let error as SQLiteError {
            close()
            throw Self.issue(error, path)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    func close() {
        guard isOpen else { return }
        isOpen = false
        sqlite3_close_v2(handle)
        copy?.remove()
    }

    func query(_ sql: String, _ values: [SQLValue] = [], row: (Statement) throws -> Void) throws {
        let statement = try Statement(sql, on: handle)
        for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
        while try statement.step() { try row(statement) }
    }

    func integer(_ sql: String, _ values: [SQLValue] = []) throws -> Int64 {
        var result: Int64 = 0
        try query(sql, values) { result = $0.integer(0) }
        return result
    }

    private func execute(_ sql: String) throws {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw SQLiteError(lastOf: handle, code: code) }
    }

    /// A file in the mode of a write-ahead log that has none beside it is used by nobody, and would get one by a mere
    /// reader; `immutable` forgoes that.
    private static func uri(of path: String) -> String {
        let escaped = path.utf8.map { byte -> String in
            let isPlain =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            let digits = String(byte, radix: 16)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }
        return "file:\(escaped.joined())?" + (hasWriteAheadLog(path) ? "immutable=1" : "mode=ro")
    }

    /// Whether the file's header names a write-ahead log (its bytes 18 and 19, fileformat2.html section 1.3.3).
    private static func hasWriteAheadLog(_ path: String) -> Bool {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { Glibc.close(file) }
        var bytes: [UInt8] = [0, 0]
        return pread(file, &bytes, 2, 18) == 2 && bytes == [2, 2]
    }

    private static func issue(_ error: SQLiteError, _ path: String) -> BootIssue {
        switch error.primary {
        case SQLITE_NOTADB:
            BootIssue(
                .environment, "the file \(path) is no SQLite database", remedy: "name the Python service's SQLITE_URL")
        case SQLITE_BUSY:
            BootIssue(
                .environment, "the database \(path) is being written by another program",
                remedy: "stop the Python service")
        default:
            BootIssue(
                .environment, "cannot read the database \(path): \(error)",
                remedy: "let the user who runs the command read the file; if it is damaged, restore a backup")
        }
    }
}

// Whether it is what it should be.
extension PythonServiceDatabase {
    /// What of each table is read; other columns, which some editions have, are left alone.
    private static let columns: KeyValuePairs<String, [String]> = [
        "job": ["job_id", "target", "datastore_id", "status", "created_at", "created_by", "parameters"],
        "job_log": ["job_id", "msg", "at"],
        "target": ["name", "datastore_id", "status", "action", "last_updated_at", "last_updated_by"],
        "maintenance": ["msg", "paused", "timestamp"],
        "datastore": ["datastore_id", "rdn"],
    ]

    private func checkTables() throws {
        var missing: [String] = []
        for (table, columns) in Self.columns {
            var known: Set<String> = []
            try query("SELECT name FROM pragma_table_info(?)", [.text(table)]) { known.insert($0.text(0).lowercased()) }
            if known.isEmpty {
                missing.append("the table \(table)")
            } else {
                missing += columns.filter { !known.contains($0) }.map { "the column \($0) of the table \(table)" }
            }
        }
        guard missing.isEmpty else {
            throw BootIssue(
                .environment,
                "the database \(path) is not the Python service's: it has not \(missing.joined(separator: ", "))",
                remedy: "name the Python service's SQLITE_URL")
        }
    }

    /// The table of log lines has no index by which those of a job are found: one is made in memory.
    private func orderLog() throws {
        try execute("CREATE TEMP TABLE log_order (job_id, line, PRIMARY KEY (job_id, line)) WITHOUT ROWID")
        var stray: PythonServiceFault?
        try query(
            "SELECT rowid, job_id FROM job_log WHERE job_id IS NULL OR job_id NOT IN (SELECT job_id FROM job) LIMIT 1"
        ) { stray = PythonServiceFault("job_log", $0.integer(0), "job_id", "\($0.text(1)) is no job's") }
        if let stray { throw stray.issue(in: path) }
        try execute("INSERT INTO temp.log_order SELECT job_id, rowid FROM main.job_log")
    }
}
