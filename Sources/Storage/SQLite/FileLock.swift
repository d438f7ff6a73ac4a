import Glibc
import Kernel

/// The right to be the only service on a database: an flock(2) on a file beside it, which the kernel drops with the
/// process however it ends.
///
/// The lock is not on the database itself: closing any descriptor of that file would drop SQLite's own locks
/// (fcntl(2)), and other tools may read the database meanwhile.
final class FileLock: Sendable {
    private let fd: Int32

    /// - Throws: `BootIssue` naming the process that holds it.
    init(_ path: String, for database: String) throws {
        let fd = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw DatabaseFile.issue("cannot open the lock file \(path)", errno, path) }
        guard flock(fd, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let holder = FileLock.holder(fd)
            Glibc.close(fd)
            guard reason == EWOULDBLOCK else { throw DatabaseFile.issue("cannot lock \(path)", reason, path) }
            throw BootIssue(
                .environment, "another service\(holder) is running on the database \(database)",
                remedy: "stop it, give this one another file in storage.url, or use MongoDB for several instances")
        }
        self.fd = fd
        let pid = Array("\(getpid())\n".utf8)
        ftruncate(fd, 0)
        _ = pwrite(fd, pid, pid.count, 0)
    }

    func release() {
        flock(fd, LOCK_UN)
    }

    deinit {
        Glibc.close(fd)
    }

    private static func holder(_ fd: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(fd, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(count, 0)).prefix { (0x30...0x39).contains($0) }
        return digits.isEmpty ? "" : " (process \(String(decoding: digits, as: UTF8.self)))"
    }
}
