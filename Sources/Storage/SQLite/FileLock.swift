import Glibc
import Kernel

/// The right to be the only service on a database: an flock(2) on a file beside it, which the kernel drops with the
/// process however it ends.
///
/// The lock is not on the database itself: closing any descriptor of that file would drop SQLite's own locks
/// (fcntl(2)), and other tools may read the database meanwhile.
final class FileLock: Sendable {
    private let fd: Int32

    /// - Parameter patience: how long it is tried.
    /// - Throws: `BootIssue` naming the process that holds it.
    init(_ path: String, for database: String, _ patience: Duration) throws {
        let fd = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw DatabaseFile.issue("cannot open the lock file \(path)", errno, path) }
        FileLock.give(fd, toOwnerOf: database)
        guard FileLock.take(fd, LOCK_EX, patience) else { throw FileLock.failure(fd, path, database) }
        self.fd = fd
        let pid = Array("\(getpid())\n".utf8)
        ftruncate(fd, 0)
        _ = pwrite(fd, pid, pid.count, 0)
    }

    /// The right to read a database of which no service may run meanwhile; nil if none ever has. Nothing is written.
    /// - Parameter patience: how long it is tried.
    /// - Throws: `BootIssue` naming the process that holds it.
    init?(readingBeside database: String, _ patience: Duration) throws {
        let path = database + "-lock"
        let fd = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else {
            if errno == ENOENT { return nil }
            throw DatabaseFile.issue("cannot open the lock file \(path)", errno, path)
        }
        guard FileLock.take(fd, LOCK_SH, patience) else { throw FileLock.failure(fd, path, database) }
        self.fd = fd
    }

    private static func failure(_ fd: Int32, _ path: String, _ database: String) -> BootIssue {
        let reason = errno
        let holder = FileLock.holder(fd)
        Glibc.close(fd)
        guard reason == EWOULDBLOCK else { return DatabaseFile.issue("cannot lock \(path)", reason, path) }
        return BootIssue(
            .environment, "another service\(holder) is running on the database \(database)",
            remedy: "stop it, give this one another file in storage.url, or use MongoDB for several instances",
            isHeldElsewhere: true)
    }

    func release() {
        flock(fd, LOCK_UN)
    }

    deinit {
        Glibc.close(fd)
    }

    private static func take(_ fd: Int32, _ kind: Int32, _ patience: Duration) -> Bool {
        let end = Instant.now + patience
        while flock(fd, kind | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK, Instant.now < end else { return false }
            usleep(10_000)
        }
        return true
    }

    /// A lock file that root makes, with one of the commands, must not keep the service itself out later.
    private static func give(_ fd: Int32, toOwnerOf database: String) {
        var owner = stat()
        if geteuid() == 0, stat(database, &owner) == 0 { _ = fchown(fd, owner.st_uid, owner.st_gid) }
    }

    private static func holder(_ fd: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(fd, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(count, 0)).prefix { (0x30...0x39).contains($0) }
        return digits.isEmpty ? "" : " (process \(String(decoding: digits, as: UTF8.self)))"
    }
}
