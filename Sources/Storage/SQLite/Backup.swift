import CSQLite
import Kernel

/// A copy of a database as it is at one instant, made by SQLite's online backup API
/// (https://www.sqlite.org/backup.html) while others read and write it.
///
/// A transaction that reads is held on the source until all is copied. It keeps the instant, so that writers do not
/// make the copying begin anew; meanwhile the write-ahead log grows.
struct Backup {
    let source: String
    let target: String
    let busyTimeout: Duration
    /// How the source is opened.
    var role = Connection.Role.reader

    /// Pages that are copied between two reports, 1 MiB of them.
    private static let pagesInStep: Int32 = 256

    init(from source: String, to target: String, busyTimeout: Duration) {
        self.source = source
        self.target = target
        self.busyTimeout = busyTimeout
    }

    /// Copies, and checks the copy.
    /// - Throws: `SQLiteError`, `BootIssue`, and what `report` throws.
    func run(report: @escaping (BackupProgress) throws -> Void) throws {
        let to = try copy(report)
        defer { to.close() }
        try report(.checking)
        try check(to, report)
    }

    /// - Returns: the copy, which is one file.
    func copy(_ report: (BackupProgress) throws -> Void) throws -> Connection {
        let from = try Connection(source, role, busyTimeout: busyTimeout)
        defer { from.close() }
        try Schema.checkOrigin(of: source, from)
        let to = try Connection(target, .backup, busyTimeout: .zero)
        try from.execute("BEGIN")
        // The transaction begins with its first reading.
        _ = try from.integer("SELECT count(*) FROM sqlite_schema")
        try copy(from, to, report)
        try from.execute("COMMIT")
        // The copy is to be one file; a service that opens it sets the write-ahead log again.
        try to.execute("PRAGMA journal_mode = DELETE")
        return to
    }

    private func copy(_ from: Connection, _ to: Connection, _ report: (BackupProgress) throws -> Void) throws {
        let pageSize = Int(try from.integer("PRAGMA page_size") ?? 4096)
        guard let backup = sqlite3_backup_init(to.handle, "main", from.handle, "main") else { throw to.lastError }
        var code = SQLITE_OK
        do {
            defer { sqlite3_backup_finish(backup) }
            while code == SQLITE_OK {
                code = sqlite3_backup_step(backup, Self.pagesInStep)
                let total = Int(sqlite3_backup_pagecount(backup))
                let copied = total - Int(sqlite3_backup_remaining(backup))
                try report(.copying(copied * pageSize, of: total * pageSize))
            }
        }
        guard code == SQLITE_DONE else { throw SQLiteError(lastOf: to.handle, code: code) }
    }

    /// - Throws: `BootIssue` if the copy is not sound.
    private func check(_ copy: Connection, _ report: @escaping (BackupProgress) throws -> Void) throws {
        var findings: [String] = []
        try copy.interruptible(by: { try report(.checking) }) {
            try copy.query("PRAGMA integrity_check(3)") { findings.append($0.text(0)) }
        }
        guard findings != ["ok"] else { return }
        throw BootIssue(
            .environment, "the copy of \(source) is damaged: \(findings.joined(separator: "; "))",
            remedy: "look whether the database itself is sound: sqlite3 \(source) 'PRAGMA integrity_check'")
    }
}
