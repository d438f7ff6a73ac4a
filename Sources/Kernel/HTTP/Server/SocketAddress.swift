import Glibc

/// The address that a socket is bound to.
public enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// A numeric host and a TCP port.
    case internet(host: String, port: Int)
    /// A path in the file system, or `@name` in the abstract namespace; empty for a socket without a name.
    case unix(String)

    init(boundTo descriptor: Int32) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        self = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &size) == 0 else { return .unix("") }
                return Int32(address.pointee.sa_family) == AF_UNIX
                    ? Self.unix(address, size) : Self.internet(address, size)
            }
        }
    }

    /// 0 for a socket that has none.
    public var port: Int {
        if case .internet(_, let port) = self { port } else { 0 }
    }

    /// Whether only this machine can connect: to a loopback address or a Unix-domain socket.
    var isLocal: Bool {
        switch self {
        case .internet(let host, _): ListeningHost.isLoopback(host)
        case .unix: true
        }
    }

    /// `http://127.0.0.1:8000`, `http://[::1]:8000`, `unix:/run/our-service.sock`.
    public var description: String {
        switch self {
        case .internet(let host, let port):
            host.utf8.contains(UInt8(ascii: ":")) ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    private static func unix(_ address: UnsafeMutablePointer<sockaddr>, _ size: socklen_t) -> SocketAddress {
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        var path = UnsafeRawBufferPointer(start: address, count: Int(size)).dropFirst(start)[...]
        let isAbstract = path.first == 0
        if isAbstract { path = path.dropFirst() } else { path = path.prefix { $0 != 0 } }
        return .unix((isAbstract ? "@" : "") + String(decoding: path, as: UTF8.self))
    }

    private static func internet(_ address: UnsafeMutablePointer<sockaddr>, _ size: socklen_t) -> SocketAddress {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let flags = NI_NUMERICHOST | NI_NUMERICSERV
        let status = getnameinfo(
            address, size, &host, socklen_t(host.count), &port, socklen_t(port.count), Int32(flags))
        guard status == 0 else { return .internet(host: "", port: 0) }
        return .internet(host: text(host), port: Int(text(port)) ?? 0)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
