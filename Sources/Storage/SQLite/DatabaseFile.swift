import CSQLite
import Glibc
import Kernel
import Synchronization

/// The database's file: makes it and its folder if they are missing, readable by their owner alone, and holds the
/// lock.
final class DatabaseFile: Sendable {
    let path: String
    /// Removed when the store closes; for a database that is not to outlive the process.
    private let temporaryFolder: String?
    private let lock: FileLock

    /// - Throws: `BootIssue` saying what is wrong with the path.
    init(_ location: SQLiteLocation, _ settings: SQLiteSettings) throws {
        let product = settings.product
        let given: String
        switch location {
        case .file(let path):
            given = path
            temporaryFolder = nil
        case .temporary:
            let folder = try DatabaseFile.makeTemporaryFolder(of: product)
            given = folder + "/database"
            temporaryFolder = folder
        }
        try DatabaseFile.makeParent(of: given)
        try DatabaseFile.checkKind(given, example: product.exampleFile)
        path = DatabaseFile.real(given)
        // First the lock, then the file: SQLite in this process may have the file open only while the lock is held,
        // and closing a descriptor of it would drop SQLite's locks.
        lock = try FileLock(path + "-lock", for: path, settings.lockPatience)
        try DatabaseFile.make(path)
        try DatabaseFile.checkName(path, of: product)
    }

    func release() {
        lock.release()
        guard let temporaryFolder else { return }
        for suffix in ["", "-wal", "-shm", "-lock"] { unlink(path + suffix) }
        rmdir(temporaryFolder)
    }

    private static func makeTemporaryFolder(of product: Product) throws -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/\(product.name)-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw issue("cannot make a temporary folder in \(base)", errno, base)
        }
        return String(cString: made)
    }

    /// Makes the last folder of the path, not those above it: their absence is rather a mistake in the path.
    private static func makeParent(of path: String) throws {
        let folder = self.folder(of: path)
        guard mkdir(folder, 0o700) != 0 else { return sync(self.folder(of: folder)) }
        switch errno {
        case EEXIST: return
        case ENOENT:
            throw BootIssue(
                .environment, "the folder \(folder), in which the database is to lie, does not exist",
                remedy: "make the folder above it, or correct storage.url")
        case let reason:
            // mkdir of a folder that is there can also be refused for other reasons first.
            if access(folder, F_OK) == 0 { return }
            throw issue("cannot make the folder \(folder) for the database", reason, folder)
        }
    }

    private static func checkKind(_ path: String, example: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw issue("cannot reach the database \(path)", errno, path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR:
            throw BootIssue(
                .environment, "the database path \(path) is a folder",
                remedy: "name a file in storage.url, such as sqlite:\(path)/\(example)")
        default:
            throw BootIssue(
                .environment, "the database path \(path) is no regular file", remedy: "name a file in storage.url")
        }
    }

    /// The path without symbolic links: the lock and SQLite's companions are named after it, so that every way to the
    /// file leads to the same ones (realpath(3)).
    static func real(_ path: String) -> String {
        if let real = resolved(path) { return real }
        guard let folder = resolved(folder(of: path)) else { return path }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }

    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Refuses a file with a second name: whoever opened it by that one would have another lock and another log, and
    /// the two would destroy it.
    private static func checkName(_ path: String, of product: Product) throws {
        var status = stat()
        guard stat(path, &status) == 0, status.st_nlink > 1 else { return }
        throw BootIssue(
            .environment, "the database \(path) has \(status.st_nlink) names (hard links)",
            remedy: "remove the other names, or copy the file with: \(product.name) backup COPY")
    }

    /// Makes the file readable by its owner alone; SQLite gives its companions (-wal, -shm) the same permissions.
    private static func make(_ path: String) throws {
        let isNew = access(path, F_OK) != 0
        let fd = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw issue("cannot open the database \(path) for writing", errno, path) }
        Glibc.close(fd)
        if isNew { sync(folder(of: path)) }
    }

    /// Makes the entries of a folder durable; a file system that cannot do it does it by itself.
    private static func sync(_ folder: String) {
        let fd = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard fd >= 0 else { return }
        fsync(fd)
        Glibc.close(fd)
    }

    /// The folder it is in.
    var folder: String { Self.folder(of: path) }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func issue(_ what: String, _ reason: Int32, _ path: String) -> BootIssue {
        let remedy =
            switch reason {
            case EACCES, EPERM: "let user \(geteuid()) write \(path) and the folder it is in, or correct storage.url"
            case EROFS: "the file system is mounted read-only: mount it writable, or correct storage.url"
            case ENOSPC, EDQUOT: "make room on the disk"
            case ENOTDIR: "a part of the path is a file, not a folder: correct storage.url"
            default: "correct storage.url, or what the system complains of"
            }
        return BootIssue(.environment, "\(what): \(String(cString: strerror(reason)))", remedy: remedy)
    }
}
