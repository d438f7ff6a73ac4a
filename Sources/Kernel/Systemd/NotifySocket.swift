import CLinux
import Glibc

/// The datagram socket on which systemd is told how the service is (sd_notify(3), NOTIFY_SOCKET).
///
/// Sending blocks while the receiver's queue is full, up to a few seconds: it is for a thread of its own.
struct NotifySocket: Sendable {
    /// A path, or `@name` in the abstract namespace.
    let name: String
    private static let patience = 2

    init?(named name: String) {
        guard let first = name.first, first == "/" || first == "@", name.utf8.count < Self.capacity else { return nil }
        self.name = name
    }

    /// Sends assignments, one a line: `READY=1`.
    /// - Returns: 0, or why nobody was told, errno(3).
    func send(_ assignments: [String]) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: name.utf8)
            if name.first == "@" { path[0] = 0 }
        }
        let message = Array(assignments.joined(separator: "\n").utf8)
        // An abstract name is as long as the address says, zeros included.
        let length = socklen_t((MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + name.utf8.count)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                while sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), address, length) < 0 {
                    if errno != EINTR { return errno }
                }
                return 0
            }
        }
    }

    private static let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
}
