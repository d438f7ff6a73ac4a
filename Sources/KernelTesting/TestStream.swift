import Kernel

/// A streamed response that a test reads piece by piece while its producer runs. The same test can read one within the
/// process or from a live socket.
public final class TestStream {
    private enum Source {
        case live(RawConnection)
        case inProcess(AsyncThrowingStream<[UInt8], any Error>.AsyncIterator, Task<Void, Never>)
    }

    public let status: Int
    public let headers: Headers
    private var source: Source?
    /// Received and not yet returned by `block`.
    private var text: [UInt8] = []

    init(live connection: RawConnection) async throws {
        let head = try await connection.readHead()
        (status, headers) = (head.status, head.headers)
        source = .live(connection)
    }

    init(inProcess response: Response) {
        (status, headers) = (response.status.code, response.headers)
        let (pieces, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let task = Task {
            do {
                try await response.write(to: PieceWriter(pieces: continuation))
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        source = .inProcess(pieces.makeAsyncIterator(), task)
    }

    deinit { leave() }

    /// The next piece, as the producer has written it; nil at the end of the body.
    public func piece() async throws -> [UInt8]? {
        switch source {
        case .live(let connection):
            return try await connection.readChunk()
        case .inProcess(var iterator, let task):
            defer { source = .inProcess(iterator, task) }
            return try await iterator.next(isolation: #isolation)
        case nil:
            return nil
        }
    }

    /// The text up to the next empty line: one event, or a comment, of Server-Sent Events; nil at the end of the body.
    public func block() async throws -> String? {
        while true {
            if let end = text.indices.dropLast().first(where: { text[$0] == 10 && text[$0 + 1] == 10 }) {
                defer { text.removeFirst(end + 2) }
                return String(decoding: text[..<end], as: UTF8.self)
            }
            guard let piece = try await piece() else { return nil }
            text += piece
        }
    }

    /// The fields of the next event, comments passed over; nil at the end of the body.
    public func event() async throws -> [String: String]? {
        while let block = try await block() {
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") {
                guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { continue }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                fields[String(line[..<colon]), default: ""] +=
                    (fields[String(line[..<colon])] == nil ? "" : "\n") + value
            }
            if !fields.isEmpty { return fields }
        }
        return nil
    }

    /// Goes away, as a client does that is closed.
    public func leave() {
        if case .inProcess(_, let task) = source { task.cancel() }
        source = nil
    }
}

/// Takes pieces in for whoever reads them.
private struct PieceWriter: BodyWriter {
    let pieces: AsyncThrowingStream<[UInt8], any Error>.Continuation

    func write(_ bytes: [UInt8]) throws {
        try Task.checkCancellation()
        if !bytes.isEmpty { pieces.yield(bytes) }
    }
}

extension TestClient {
    /// Asks for a response whose body is read as it comes.
    public func open(_ target: String, headers: [String: String] = [:]) async throws -> TestStream {
        switch transport {
        case .inProcess:
            let fields = Headers(headers.map { (name: $0.key, value: $0.value) })
            return TestStream(inProcess: await application.respond(to: try Request(.get, target, headers: fields)))
        case .liveSocket:
            let connection = try RawConnection(port: port)
            let fields = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
            connection.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
            return try await TestStream(live: connection)
        }
    }
}
