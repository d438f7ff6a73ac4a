import Glibc

/// The Unix-domain socket beside a database that only one process may use. Through it that process takes requests from
/// the operator's commands, so that they need not know its address, and cannot mistake another service for it.
///
/// Only the database's owner and root can connect. Where the socket's path is too long for an address (108 bytes), its
/// folder is reached through /proc/self/fd.
public struct ControlSocket: Sendable {
    /// `<database>-control`
    public let path: String

    public init(beside database: String) {
        path = database + "-control"
    }

    /// Makes the socket and listens, in the place of one that a process which holds the database no more has left.
    /// - Returns: the listening descriptor.
    /// - Throws: `BootIssue`.
    func listen() throws(BootIssue) -> Int32 {
        unlink(path)
        do throws(Failure) {
            return try withAddress { fd, address, length in
                // Linux makes the socket's file with the mode of its descriptor: at no time can others connect.
                fchmod(fd, 0o600) == 0 && bind(fd, address, length) == 0 && Glibc.listen(fd, 16) == 0
            }
        } catch {
            throw issue(error)
        }
    }

    func remove() { unlink(path) }

    /// Connects to the process that listens.
    /// - Returns: the connected descriptor; nil if nobody listens.
    /// - Throws: `BootIssue` if the socket cannot be reached.
    public func connect() throws(BootIssue) -> Int32? {
        do throws(Failure) {
            return try withAddress { fd, address, length in
                while Glibc.connect(fd, address, length) != 0 {
                    if errno != EINTR { return false }
                }
                return true
            }
        } catch {
            // Where the name is too long for a socket, none can have been made.
            if [ENOENT, ECONNREFUSED, ENAMETOOLONG].contains(error.reason) { return nil }
            throw issue(error)
        }
    }

    /// Makes a socket and hands it to `body` with the address; closes it if `body` fails.
    private func withAddress(
        _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws(Failure) -> Int32 {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        var folder: Int32 = -1
        var short = path
        if path.utf8.count > Self.longestPath, let name = parts.last {
            folder = open(parts.dropLast().joined(separator: "/"), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            short = "/proc/self/fd/\(folder)/\(name)"
        }
        defer { if folder >= 0 { close(folder) } }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard short.utf8.count <= Self.longestPath else { throw Failure(reason: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
        let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard fd >= 0 else { throw Failure(reason: errno) }
        let isDone = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if isDone { return fd }
        let reason = errno
        close(fd)
        throw Failure(reason: reason)
    }

    /// One byte of `sun_path` ends it.
    private static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// What the system answered, errno(3).
    private struct Failure: Error {
        let reason: Int32
    }

    private func issue(_ failure: Failure) -> BootIssue {
        BootIssue(
            .environment, "cannot use the control socket \(path): \(String(cString: strerror(failure.reason)))",
            remedy: failure.reason == EACCES || failure.reason == EPERM ? "act as the service's user, or as root" : nil)
    }
}

extension Assembly {
    /// Whether a running service holds the database and takes the requests of commands.
    public var isServed: Bool {
        guard let file = databaseFile, let fd = try? ControlSocket(beside: file).connect() else { return false }
        close(fd)
        return true
    }
}
