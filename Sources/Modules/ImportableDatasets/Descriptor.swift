import CLinux
import Glibc

/// An open file or directory, closed when the last reference goes away. Everything is reached relative to a
/// directory's descriptor (openat(2)), so that nothing leads elsewhere when folders are renamed meanwhile.
final class Descriptor: Sendable {
    let fd: Int32

    private init(fd: Int32) {
        self.fd = fd
    }

    deinit {
        close(fd)
    }

    /// O_PATH, which Glibc shows to GNU sources only: a descriptor that names a file without opening it.
    private static let pathOnly: Int32 = 0o10_000_000

    /// Opens a directory; the path's own links are followed.
    static func directory(_ path: String) throws(SystemError) -> Descriptor {
        try opened(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    }

    /// Opens a directory in this one, which must not be a link.
    func directory(_ name: String) throws(SystemError) -> Descriptor {
        try Self.opened(openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
    }

    /// Opens a file in this directory for reading, which must not be a link. A pipe is not waited for.
    func file(_ name: UnsafePointer<CChar>) throws(SystemError) -> Descriptor {
        try Self.opened(openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC))
    }

    /// Finds what a link in this directory leads to, without opening it: devices act when they are opened.
    func target(ofLink name: UnsafePointer<CChar>) throws(SystemError) -> Descriptor {
        try Self.opened(openat(fd, name, Self.pathOnly | O_CLOEXEC))
    }

    /// Opens what a path-only descriptor names.
    func reopened() throws(SystemError) -> Descriptor {
        try Self.opened(open("/proc/self/fd/\(fd)", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC))
    }

    /// Where it is now, without links, as the kernel knows it.
    func realPath() throws(SystemError) -> [UInt8] {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(fd)", &path, path.count)
        guard count >= 0 else { throw SystemError(errno) }
        return path.prefix(count).map(UInt8.init(bitPattern:))
    }

    /// fstat(2)
    func status() throws(SystemError) -> stat {
        var status = stat()
        guard fstat(fd, &status) == 0 else { throw SystemError(errno) }
        return status
    }

    /// fstatat(2) of an entry of this directory.
    @inline(__always)
    func status(
        of name: UnsafePointer<CChar>, followingLinks: Bool = false
    ) throws(SystemError) -> stat {
        var status = stat()
        guard fstatat(fd, name, &status, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
            throw SystemError(errno)
        }
        return status
    }

    /// Whether all bytes of the file have been written. Where its size was set first (ftruncate(2), fallocate(2)), what
    /// is yet to be written is a hole. False also on file systems that may not tell, such as NFS.
    func isWritten(upTo size: Int64) -> Bool { clinux_is_written(fd, size) != 0 }

    private static func opened(_ fd: Int32) throws(SystemError) -> Descriptor {
        guard fd >= 0 else { throw SystemError(errno) }
        return Descriptor(fd: fd)
    }
}

/// What a system call failed with (errno(3)).
struct SystemError: Error, Equatable, CustomStringConvertible {
    let code: Int32

    init(_ code: Int32) {
        self.code = code
    }

    var description: String { String(cString: strerror(code)) }
}
