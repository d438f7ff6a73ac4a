import CLinux
import Glibc

/// The listening socket that systemd opened for this process and keeps across its restarts: what connects meanwhile
/// waits in its backlog (systemd.socket(5), sd_listen_fds(3)).
public struct InheritedSocket: Sendable, Hashable, CustomStringConvertible {
    /// The variables by which descriptors are announced. They are for this process, not for its children.
    public static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
    /// SD_LISTEN_FDS_START: where the descriptors that are passed begin.
    public static let firstDescriptor: Int32 = 3

    public let descriptor: Int32
    public let address: SocketAddress

    public var description: String { address.description }

    /// The socket that the environment announces; nil if there is none, or if it is for another process.
    /// - Throws: `BootIssue` if what was passed is not one socket that listens for streams.
    public static func announced(
        in environment: [String: String], process: pid_t = getpid(), firstDescriptor: Int32 = Self.firstDescriptor
    ) throws(BootIssue) -> InheritedSocket? {
        guard let owner = environment["LISTEN_PID"], let text = environment["LISTEN_FDS"],
            pid_t(owner) == process
        else { return nil }
        guard let count = Int32(text), (0...1024).contains(count) else {
            throw issue("\(Redaction.quoted(text)) is not a number of descriptors", "have systemd set it, or unset it")
        }
        for descriptor in firstDescriptor..<firstDescriptor + count { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        guard count > 0 else { return nil }
        guard count == 1 else {
            throw issue(
                "\(count) sockets were passed, where one is served",
                "leave one ListenStream= in the .socket unit; for several addresses bind [::], or put a proxy in front")
        }
        return try InheritedSocket(adopting: firstDescriptor)
    }

    private init(adopting descriptor: Int32) throws(BootIssue) {
        guard let type = Self.option(SO_TYPE, of: descriptor), let domain = Self.option(SO_DOMAIN, of: descriptor)
        else {
            throw Self.issue(
                "descriptor \(descriptor) is no socket: \(String(cString: strerror(errno)))",
                "start the service by its .socket unit, or unset LISTEN_FDS and LISTEN_PID")
        }
        guard type == Int32(SOCK_STREAM.rawValue), [AF_INET, AF_INET6, AF_UNIX].contains(domain) else {
            throw Self.issue(
                "descriptor \(descriptor) is not a TCP or Unix stream socket",
                "use ListenStream= in the .socket unit")
        }
        guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1 else {
            throw Self.issue(
                "descriptor \(descriptor) is a socket that does not listen", "set Accept=no in the .socket unit")
        }
        self.descriptor = descriptor
        address = SocketAddress(boundTo: descriptor)
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }

    private static func issue(_ what: String, _ remedy: String) -> BootIssue {
        BootIssue(
            .environment, "cannot use the socket that was passed to this process: \(what)",
            origin: ConfigurationOrigin.variable("LISTEN_FDS").description, remedy: remedy)
    }
}
