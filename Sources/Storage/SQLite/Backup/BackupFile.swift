import Glibc
import Kernel

/// A file that is there whole or not at all: it is written in a folder of its own beside its place, readable by its
/// owner alone, made durable and renamed.
final class BackupFile: Sendable {
    let path: String
    private let replaces: Bool
    private let folder: String

    init(_ path: String, replaces: Bool) {
        self.path = path
        self.replaces = replaces
        folder = "\(path).partial-\(getpid())"
    }

    var temporaryPath: String { folder + "/copy" }

    /// - Throws: `CommandFailure` if it can be seen already that the file cannot be made.
    func begin(notOver database: String) throws(CommandFailure) {
        if path.hasSuffix("/") { throw CommandFailure("\(path) names a folder", remedy: "name a file") }
        var (present, source) = (stat(), stat())
        if stat(path, &present) == 0 {
            if stat(database, &source) == 0, present.st_ino == source.st_ino, present.st_dev == source.st_dev {
                throw CommandFailure("\(path) is the database itself", remedy: "name another file")
            }
            guard present.st_mode & S_IFMT == S_IFREG else {
                throw CommandFailure("\(path) is no regular file", remedy: "name another file")
            }
            if !replaces { throw exists }
        }
        if ["-wal", "-shm", "-lock", "-control"].contains(where: { Self.real(path) == database + $0 }) {
            throw CommandFailure("\(path) is a file of the database", remedy: "name another file")
        }
        guard mkdir(folder, 0o700) == 0 else { throw failure("cannot write beside \(path)", errno) }
    }

    /// Makes what was written durable and gives it its name.
    /// - Returns: its size in bytes.
    func commit() throws(CommandFailure) -> Int {
        let fd = open(temporaryPath, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw failure("cannot read the copy again", errno) }
        defer { close(fd) }
        var status = stat()
        guard fchmod(fd, 0o600) == 0, fsync(fd) == 0, fstat(fd, &status) == 0 else {
            throw failure("cannot make \(path) durable", errno)
        }
        if replaces {
            guard rename(temporaryPath, path) == 0 else { throw failure("cannot write \(path)", errno) }
        } else if link(temporaryPath, path) != 0 {
            // Unlike rename, link replaces nothing that has come meanwhile.
            let reason = errno
            if reason == EEXIST { throw exists }
            // A file system without links.
            guard reason == EPERM || reason == EOPNOTSUPP, access(path, F_OK) != 0, rename(temporaryPath, path) == 0
            else { throw failure("cannot write \(path)", reason) }
        }
        abandon()
        try syncFolder()
        return Int(status.st_size)
    }

    /// Removes what was written.
    func abandon() {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(temporaryPath + suffix) }
        rmdir(folder)
    }

    private func syncFolder() throws(CommandFailure) {
        let parent = Self.parent(of: path)
        let fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if fd >= 0 { close(fd) } }
        guard fd >= 0, fsync(fd) == 0 || errno == EINVAL else {
            throw failure("cannot make the entry of \(path) durable", errno)
        }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path with its folder's symbolic links resolved.
    private static func real(_ path: String) -> String {
        guard let folder = realpath(parent(of: path), nil) else { return path }
        defer { free(folder) }
        return "\(String(cString: folder))/\(path.split(separator: "/").last ?? "")"
    }

    private var exists: CommandFailure {
        CommandFailure("\(path) exists", remedy: "name another file, or replace it with --force")
    }

    private func failure(_ what: String, _ reason: Int32) -> CommandFailure {
        let remedy: String? =
            switch reason {
            case EACCES, EPERM: "name a file in a folder that user \(geteuid()) may write"
            case ENOSPC, EDQUOT: "make room on the disk"
            case ENOENT, ENOTDIR: "make the folder, or correct the path"
            default: nil
            }
        return CommandFailure("\(what): \(String(cString: strerror(reason)))", remedy: remedy)
    }
}
