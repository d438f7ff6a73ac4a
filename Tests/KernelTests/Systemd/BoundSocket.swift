import CLinux
import Glibc
import Kernel

/// A socket as somebody else makes it before the service starts: bound, and listening or not.
final class BoundSocket {
    let fd: Int32

    enum Failure: Error {
        case system(Int32)
    }

    /// - Parameter host: in network terms, 127.0.0.1 by default.
    init(host: UInt32 = 0x7f00_0001, listens: Bool = true, type: Int32 = Int32(SOCK_STREAM.rawValue)) throws {
        fd = socket(AF_INET, type, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host.bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0, !listens || listen(fd, 100) == 0 else { throw Failure.system(errno) }
    }

    deinit { close(fd) }

    /// Another descriptor of the socket, for a server to close.
    func duplicate() -> Int32 { dup(fd) }

    /// What systemd sets for a process that it passes the socket to.
    func announced(_ changes: [String: String] = [:]) throws -> InheritedSocket? {
        let environment = ["LISTEN_PID": String(getpid()), "LISTEN_FDS": "1"].merging(changes) { $1 }
        return try InheritedSocket.announced(in: environment, firstDescriptor: fd)
    }
}
