import CLinux
import Glibc

/// Sends requests to the service that listens on a control socket, a connection for each.
struct ControlClient: Sendable {
    let socket: ControlSocket
    let database: String
    /// What the header field Host says: the product's name.
    let host: String

    /// How long the service may be silent. It gives up on its own storage earlier.
    private static let patience = 10

    /// Whether anybody listens.
    var isAnswered: Bool {
        get throws(BootIssue) {
            guard let fd = try socket.connect() else { return false }
            close(fd)
            return true
        }
    }

    /// - Throws: `CommandFailure` if no whole answer comes.
    func send(_ method: Method, _ target: String, _ body: [UInt8]) async throws -> ReceivedReply {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try OwnThread.start("control client") {
                    continuation.resume(with: Result { try exchange(method, target, body) })
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func exchange(_ method: Method, _ target: String, _ body: [UInt8]) throws -> ReceivedReply {
        guard let fd = try socket.connect() else {
            throw gone
        }
        defer { close(fd) }
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(fd, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let head =
            "\(method.rawValue) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
            + "Content-Length: \(body.count)\r\n\r\n"
        guard write(Array(head.utf8) + body, to: fd) else { throw failure(method) }
        let bytes = try read(fd, method)
        // It has ended without taking the connection.
        if bytes.isEmpty, method.isSafe { throw gone }
        guard let reply = ReceivedReply(bytes) else { throw failure(method) }
        return reply
    }

    private func write(_ bytes: [UInt8], to fd: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            // The answer may have come before all was sent.
            guard count > 0 else { return errno == EPIPE }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// All that comes until the service closes the connection.
    private func read(_ fd: Int32, _ method: Method) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(fd, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count == 0 || count < 0 && errno == ECONNRESET { return bytes }
            guard count > 0 else { throw failure(method) }
            bytes += buffer[..<count]
        }
    }

    private var gone: ServiceGone {
        ServiceGone(
            failure: CommandFailure("the service that held \(database) has ended", remedy: "run the command again"))
    }

    private func failure(_ method: Method) -> CommandFailure {
        CommandFailure(
            "the service that holds \(database) does not answer on \(socket.path)"
                + (method.isSafe ? "" : "; whether it has done what was asked is not known"),
            remedy: method.isSafe
                ? "look at the process and its log" : "look at the process and its log, then at what it has stored")
    }
}

/// The service ended before a request reached it.
struct ServiceGone: Error {
    let failure: CommandFailure
}
