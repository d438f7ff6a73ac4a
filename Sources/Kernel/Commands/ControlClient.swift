import CLinux
import Glibc

/// Sends requests to a service, a connection for each.
struct ControlClient: Sendable {
    /// Where it listens, for people.
    private let place: String
    /// The database that it holds, if that is what it is known by.
    private let database: String?
    /// What the header field Host says.
    private let host: String
    /// How long the service may be silent.
    private let patience: Duration
    /// A connected descriptor, or nil if nobody listens.
    private let connect: @Sendable () throws(BootIssue) -> Int32?

    /// - Parameters:
    ///   - socket: beside a database that the service holds.
    ///   - database: that one.
    ///   - host: the product's name.
    ///   - deadlines: those of the service, which gives up earlier than whoever asks it.
    init(socket: ControlSocket, database: String, host: String, deadlines: ServerConfiguration.Deadlines) {
        patience = deadlines.handler + .seconds(10)
        place = socket.path
        self.database = database
        self.host = host
        connect = { () throws(BootIssue) -> Int32? in try socket.connect() }
    }

    /// - Parameters:
    ///   - address: where a service listens for everybody, a number or a name.
    ///   - port: the one of it.
    init(address: String, port: Int) {
        patience = .seconds(10)
        place = address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
        database = nil
        host = place
        connect = { () throws(BootIssue) -> Int32? in Self.connect(address, port) }
    }

    /// Where it listens, for people.
    var description: String { place }

    private static func connect(_ address: String, _ port: Int) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, String(port), &hints, &list) == 0, let first = list?.pointee else { return nil }
        defer { list.map { freeaddrinfo($0) } }
        let fd = socket(first.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard fd >= 0 else { return nil }
        // Bounds connect(2) as well, see socket(7).
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if Glibc.connect(fd, first.ai_addr, first.ai_addrlen) == 0 { return fd }
        close(fd)
        return nil
    }

    /// Whether anybody listens.
    var isAnswered: Bool {
        get throws(BootIssue) {
            guard let fd = try connect() else { return false }
            close(fd)
            return true
        }
    }

    /// - Throws: `CommandFailure` if no whole answer comes.
    func send(
        _ method: Method, _ target: String, _ headers: Headers = Headers(), _ body: [UInt8]
    ) async throws -> ReceivedReply {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try OwnThread.start("control client") {
                    continuation.resume(with: Result { try exchange(method, target, headers, body) })
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func exchange(
        _ method: Method, _ target: String, _ headers: Headers, _ body: [UInt8]
    ) throws -> ReceivedReply {
        guard let fd = try connect() else {
            throw gone
        }
        defer { close(fd) }
        var limit = timeval(tv_sec: Int(patience / .seconds(1)), tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(fd, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let head =
            "\(method.rawValue) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
            + headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined() + "Content-Length: \(body.count)\r\n\r\n"
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
            failure: CommandFailure(
                "the service \(database.map { "that held \($0) " } ?? "")has ended", remedy: "run the command again",
                isPassing: true))
    }

    private func failure(_ method: Method) -> CommandFailure {
        CommandFailure(
            "the service \(database.map { "that holds \($0) " } ?? "")does not answer on \(place)"
                + (method.isSafe ? "" : "; whether it has done what was asked is not known"),
            remedy: method.isSafe
                ? "look at the process and its log" : "look at the process and its log, then at what it has stored",
            isPassing: method.isSafe)
    }
}

/// The service ended before a request reached it.
struct ServiceGone: Error {
    let failure: CommandFailure
}
