import CSQLite
import Kernel

/// The embedded storage engine: one file, one service process, nothing to install.
public struct SQLiteDriver: StorageDriver {
    public static let schemes = ["sqlite"]
    public static var label: String { "SQLite \(version)" }
    public static var libraries: [LinkedLibrary] { [LinkedLibrary("SQLite", version)] }
    private static var version: String { String(cString: sqlite3_libversion()) }

    let location: SQLiteLocation
    let settings: SQLiteSettings

    public init?(url: StorageURL, reading section: ConfigurationSection) {
        settings = SQLiteSettings(reading: section.section("sqlite", "SQLite, if storage.url names it"))
        do {
            location = try SQLiteLocation(url, example: section.product.exampleFile)
        } catch {
            section.problem("url", error.what, remedy: error.remedy)
            return nil
        }
    }

    init(_ location: SQLiteLocation, _ settings: SQLiteSettings = SQLiteSettings()) {
        self.location = location
        self.settings = settings
    }

    public var file: String? {
        switch location {
        case .file(let path): DatabaseFile.real(path)
        case .temporary: nil
        }
    }

    public func open(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore {
        try await open(collections, log: log) {}
    }

    /// Opens the file on a thread of its own: a disk that hangs must hold up nobody, and the boot gives up on it at its
    /// deadline; not on documents that are taken over into the present layout.
    public func open(
        _ collections: [CollectionSpec], log: Logger, onReach: @escaping @Sendable () -> Void
    ) async throws -> any OpenStore {
        try await onOwnThread("sqlite-open") {
            try openStore(collections, in: DatabaseFile(location, settings), log: log, onReach: onReach)
        }
    }

    public func backUp(to path: String, report: @escaping @Sendable (BackupProgress) throws -> Void) async throws {
        guard let source = file else {
            throw BootIssue(
                .configuration, "storage.url names a database that does not outlive its process",
                remedy: "name the service's file: sqlite:/absolute/path.db")
        }
        let backup = Backup(from: source, to: path, busyTimeout: settings.busyTimeout)
        try await onOwnThread("sqlite-backup") {
            do {
                try backup.run(report: report)
            } catch let error as SQLiteError {
                throw SQLiteDriver.backupIssue(error, from: source)
            }
        }
    }

    func onOwnThread<R: Sendable>(_ name: String, _ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try OwnThread.start(name) { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    func openStore(
        _ collections: [CollectionSpec], in file: DatabaseFile, log: Logger,
        onReach: @escaping @Sendable () -> Void = {}
    ) throws -> SQLiteStore {
        do {
            let tables = try collections.map { try CollectionTable($0) }
            let connection = try Connection(file.path, .writer, busyTimeout: settings.busyTimeout)
            try Schema(connection: connection, path: file.path, log: log, onReach: onReach).prepare(tables)
            return try SQLiteStore(file, tables: tables, writing: connection, settings: settings, log: log)
        } catch let error as SQLiteError {
            file.release()
            throw SQLiteDriver.issue(error, file.path)
        } catch {
            file.release()
            throw error
        }
    }

    static func backupIssue(_ error: SQLiteError, from source: String) -> BootIssue {
        switch error.primary {
        case SQLITE_FULL:
            BootIssue(.environment, "there is no room for the copy: \(error)", remedy: "make room on the disk")
        case SQLITE_IOERR:
            BootIssue(
                .environment, "the disk reports an error while copying \(source): \(error)",
                remedy: "look at the disks and their file systems")
        default: issue(error, source)
        }
    }

    private static func issue(_ error: SQLiteError, _ path: String) -> BootIssue {
        let remedy =
            switch error.primary {
            case SQLITE_NOTADB: "name another file in storage.url, or move this one away"
            case SQLITE_CORRUPT: "restore a backup, or save what can be saved: sqlite3 \(path) .recover"
            case SQLITE_FULL: "make room on the disk"
            case SQLITE_BUSY: "stop the other program that holds it"
            case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM:
                "let the service's user write the file, its companions (-wal, -shm) and its folder"
            default: "look at the disk and its file system"
            }
        let what =
            switch error.primary {
            case SQLITE_NOTADB: "the file \(path) is no SQLite database"
            case SQLITE_CORRUPT: "the database \(path) is damaged: \(error)"
            default: "cannot open the database \(path): \(error)"
            }
        return BootIssue(.environment, what, remedy: remedy)
    }
}
