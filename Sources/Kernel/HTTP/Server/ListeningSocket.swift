import CLinux
import Glibc
import Synchronization

/// The one socket that a server's event loops accept from. They share it (each epoll is woken alone, by
/// EPOLLEXCLUSIVE) instead of having one each with SO_REUSEPORT, because the latter would let a second instance bind
/// the same address unnoticed.
final class ListeningSocket: Sendable {
    let fd: Int32
    let address: SocketAddress
    /// Whether somebody else has the socket too, and its backlog is for whoever comes next.
    let isShared: Bool
    /// How many connections wait at most to be accepted, as far as the system allows.
    static let backlog = 4096
    private let users: Atomic<Int>

    /// - Parameter users: how many loops will call `release`; the last one closes the socket.
    init(_ configuration: ServerConfiguration, users: Int) throws(BootIssue) {
        isShared = configuration.listeningDescriptor != nil && configuration.isDescriptorShared
        if let inherited = configuration.listeningDescriptor {
            fd = try Self.adopt(inherited)
        } else {
            fd = try Self.open(host: configuration.host, port: configuration.port)
        }
        address = SocketAddress(boundTo: fd)
        self.users = Atomic(users)
    }

    deinit {
        if users.load(ordering: .acquiring) > 0 { close(fd) }
    }

    /// Called by each loop once, when it listens no more.
    func release() {
        if users.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { close(fd) }
    }

    /// Takes over a socket that is already bound, and listening or not.
    private static func adopt(_ fd: Int32) throws(BootIssue) -> Int32 {
        let flags = fcntl(fd, F_GETFL)
        guard flags >= 0, fcntl(fd, F_SETFL, flags | O_NONBLOCK) >= 0, listen(fd, Int32(backlog)) == 0 else {
            throw BootIssue(
                .environment, "descriptor \(fd) is no listening socket: \(String(cString: strerror(errno)))",
                remedy: "pass the descriptor of a bound TCP socket, or configure host and port instead")
        }
        _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
        clinux_prepare_listener(fd)
        return fd
    }

    private static func open(host: String, port: Int) throws(BootIssue) -> Int32 {
        guard (0...65_535).contains(port) else {
            throw BootIssue(.configuration, "port \(port) is not between 0 and 65535")
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        defer { list.map { freeaddrinfo($0) } }
        guard status == 0, let address = list?.pointee else {
            let reason = String(cString: gai_strerror(status))
            throw BootIssue(
                .configuration,
                "cannot listen on \(Redaction.quoted(host)): it is no address, and the name of none (\(reason))",
                remedy: "use a numeric address of this machine, such as 127.0.0.1 or 0.0.0.0")
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let fd = socket(address.ai_family, type, 0)
        guard fd >= 0 else { throw failure(host, port, errno) }
        clinux_prepare_listener(fd)
        // Between bind and listen another instance may bind too; the kernel then refuses one of the two listens.
        guard bind(fd, address.ai_addr, address.ai_addrlen) == 0, listen(fd, Int32(backlog)) == 0 else {
            let reason = errno
            close(fd)
            throw failure(host, port, reason)
        }
        return fd
    }

    private static func failure(_ host: String, _ port: Int, _ reason: Int32) -> BootIssue {
        let place = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        return switch reason {
        case EADDRINUSE:
            BootIssue(
                .environment, "cannot listen on \(place): port \(port) is already in use by another process",
                remedy: "stop the other process (ss -ltnp shows it) or choose another port")
        case EACCES:
            BootIssue(
                .environment, "cannot listen on \(place): no permission for port \(port)",
                remedy: "choose a port above 1023")
        case EADDRNOTAVAIL:
            BootIssue(
                .environment, "cannot listen on \(place): the address is not one of this machine",
                remedy: "use an address of this machine, such as 127.0.0.1 or 0.0.0.0")
        default:
            BootIssue(.environment, "cannot listen on \(place): \(String(cString: strerror(reason)))")
        }
    }
}
