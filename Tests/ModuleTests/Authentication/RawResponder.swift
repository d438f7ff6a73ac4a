import CLinux
import Glibc
import Kernel
import Synchronization

/// A TCP server that answers every connection with the same bytes, whatever it is sent: for answers that no HTTP
/// server of ours would give.
final class RawResponder: Sendable {
    private let listener: Int32
    private let served = Atomic<Int>(0)
    let port: Int

    /// - Parameter closes: whether it closes a connection after the answer, or leaves the client waiting for more.
    init(_ answer: String, closes: Bool = true) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        listener = socket
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(socket, $0, size)
                _ = listen(socket, 16)
                _ = getsockname(socket, $0, &size)
            }
        }
        port = Int(in_port_t(bigEndian: address.sin_port))
        try OwnThread.start("responder") { [self] in
            while true {
                let client = accept(socket, nil, nil)
                guard client >= 0 else { return }
                served.add(1, ordering: .relaxed)
                var request = [UInt8](repeating: 0, count: 4096)
                _ = read(client, &request, request.count)
                let bytes = Array(answer.utf8)
                _ = clinux_send(client, bytes, bytes.count)
                if closes { close(client) }
            }
        }
    }

    var url: String { "http://127.0.0.1:\(port)/keys" }
    /// How many connections it has had.
    var count: Int { served.load(ordering: .relaxed) }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}
