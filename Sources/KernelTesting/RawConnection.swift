import CLinux
import Glibc
import Kernel

/// A client's end of a TCP connection for tests that care about single bytes: it sends exactly what it is told and
/// reads exactly what comes. Reading waits for at most `timeout`, on a thread of its own, so that tests never hold up
/// the threads that Swift's tasks share.
public final class RawConnection {
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case cannotConnect(String)
        case timedOut(received: String)
        case closed(received: String)
        case malformedResponse(String)

        public var description: String {
            switch self {
            case .cannotConnect(let reason): "cannot connect: \(reason)"
            case .timedOut(let received): "timed out after \(received.prefix(500).debugDescription)"
            case .closed(let received): "closed after \(received.prefix(500).debugDescription)"
            case .malformedResponse(let text): "not an HTTP response: \(text.prefix(500).debugDescription)"
            }
        }
    }

    /// -1 after `reset`.
    public private(set) var fd: Int32
    /// Milliseconds that any one call may wait.
    public var timeout: Int
    /// Received and not yet returned.
    private var buffer: [UInt8] = []
    public private(set) var isClosedByPeer = false

    /// Connects to 127.0.0.1.
    /// - Parameters:
    ///   - port: where.
    ///   - timeout: of each read, in milliseconds.
    ///   - receiveBuffer: of the socket, in bytes; a small one makes a slow reader.
    public init(port: Int, timeout: Int = Patience.milliseconds, receiveBuffer: Int32? = nil) throws {
        self.timeout = timeout
        fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard fd >= 0, status == 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure.cannotConnect(reason)
        }
    }

    deinit { if fd >= 0 { Glibc.close(fd) } }

    /// Sends all bytes; false if the server no longer takes them.
    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            guard Self.poll(fd, Int16(POLLOUT), Int32(timeout)) else { return false }
            let count = bytes.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { clinux_send(fd, $0 + sent, buffer.count - sent) } ?? 0
            }
            if count < 0, errno != EAGAIN { return false }
            sent += max(0, count)
        }
        return true
    }

    /// Closes the sending side, as a client does that has nothing more to ask.
    public func finishSending() { shutdown(fd, Int32(SHUT_WR)) }

    /// Closes with a reset, as a client does that dies.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(fd)
        fd = -1
        isClosedByPeer = true
    }

    /// Reads one response with its body.
    /// - Parameter toHead: the response answers a HEAD request, so that no body follows.
    public func readResponse(toHead: Bool = false) async throws -> RawResponse {
        var response = try await readHead()
        if toHead || response.status == 100 { return response }
        if let length = response["Content-Length"].flatMap({ Int($0) }) {
            response.body = try await read(count: length)
        } else if response["Transfer-Encoding"] == "chunked" {
            response.body = try await readChunks()
        } else {
            response.body = try await readUntilClosed()
        }
        return response
    }

    /// Reads the head of a response, whose body is read otherwise.
    public func readHead() async throws -> RawResponse { try RawResponse(head: try await read(through: "\r\n\r\n")) }

    /// Reads until the server closes the connection.
    public func readUntilClosed() async throws -> [UInt8] {
        while try await receive() {}
        defer { buffer = [] }
        return buffer
    }

    /// Whether the server closes the connection and sends nothing before.
    public func isClosedWithoutAnswer() async throws -> Bool { try await readUntilClosed().isEmpty }

    /// Reads `count` bytes.
    public func read(count: Int) async throws -> [UInt8] {
        while buffer.count < count {
            guard try await receive() else { throw Failure.closed(received: text(buffer)) }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func read(through end: String) async throws -> [UInt8] {
        let end = Array(end.utf8)
        var searched = 0
        while true {
            if buffer.count >= end.count {
                for index in searched...(buffer.count - end.count)
                where buffer[index..<(index + end.count)].elementsEqual(end) {
                    return try await read(count: index + end.count)
                }
                searched = buffer.count - end.count + 1
            }
            guard try await receive() else { throw Failure.closed(received: text(buffer)) }
        }
    }

    private func readChunks() async throws -> [UInt8] {
        var body: [UInt8] = []
        while let chunk = try await readChunk() { body += chunk }
        return body
    }

    /// Reads one chunk of a chunked body; nil for the last one, which is empty.
    public func readChunk() async throws -> [UInt8]? {
        let line = text(try await read(through: "\r\n").dropLast(2))
        guard let size = Int(line, radix: 16) else { throw Failure.malformedResponse(line) }
        let chunk = try await read(count: size)
        guard try await read(count: 2) == [13, 10] else { throw Failure.malformedResponse("chunk without CRLF") }
        return size == 0 ? nil : chunk
    }

    /// Takes in what has come; false at the end of the connection.
    private func receive() async throws -> Bool {
        if isClosedByPeer { return false }
        guard await ready(for: Int16(POLLIN)) else { throw Failure.timedOut(received: text(buffer)) }
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = recv(fd, &piece, piece.count, 0)
        guard count > 0 else {
            isClosedByPeer = true
            return false
        }
        buffer += piece[..<count]
        return true
    }

    private func ready(for events: Int16) async -> Bool {
        let (fd, timeout) = (fd, Int32(timeout))
        if Self.poll(fd, events, 0) { return true }
        return await withCheckedContinuation { continuation in
            startThread { continuation.resume(returning: Self.poll(fd, events, timeout)) }
        }
    }

    private static func poll(_ fd: Int32, _ events: Int16, _ timeout: Int32) -> Bool {
        var descriptor = pollfd(fd: fd, events: events, revents: 0)
        while true {
            let count = Glibc.poll(&descriptor, 1, timeout)
            if count < 0, errno == EINTR { continue }
            return count > 0
        }
    }

    private func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
}

/// A response as it was received.
public struct RawResponse: Sendable {
    public let status: Int
    public let headers: Headers
    public var body: [UInt8] = []

    public subscript(name: String) -> String? { headers[name] }
    public var text: String { String(decoding: body, as: UTF8.self) }
    /// Whether the server says that it closes the connection.
    public var closes: Bool { self["Connection"] == "close" }

    init(head: [UInt8]) throws {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: true)
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            throw RawConnection.Failure.malformedResponse(String(decoding: head, as: UTF8.self))
        }
        self.status = status
        var headers = Headers()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else {
                throw RawConnection.Failure.malformedResponse(String(line))
            }
            headers.add(String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        self.headers = headers
    }
}
