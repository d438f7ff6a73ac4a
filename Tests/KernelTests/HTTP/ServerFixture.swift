import Kernel
import KernelTesting
import Synchronization

/// A running server with what it has logged and told its access hook.
final class ServerFixture: Sendable {
    let server: HTTPServer
    let log = RecordingLog()
    let access = AccessRecords()

    init(
        _ configure: (inout ServerConfiguration) -> Void,
        admission: (@Sendable (Request) async -> Admission)? = nil,
        _ handler: @escaping @Sendable (Request) async -> Response
    ) throws {
        var configuration = ServerConfiguration.patient
        configuration.port = 0
        configuration.requestIDPrefix = "job-service-"
        configuration.threads = 2
        configure(&configuration)
        let access = access
        server = HTTPServer(
            configuration, log: Logger("http", sink: log), rejection: Self.errorBody, access: { access.append($0) },
            admission: admission, handler: handler)
        try server.bind()
        try server.start()
    }

    func connect(timeout: Int = Patience.milliseconds, receiveBuffer: Int32? = nil) throws -> RawConnection {
        try RawConnection(port: server.port, timeout: timeout, receiveBuffer: receiveBuffer)
    }

    /// A connection that has been served once; for tests of short deadlines, which may pass before a slow machine has
    /// sent the first request.
    func served() async throws -> RawConnection {
        while true {
            let connection = try connect()
            connection.send(get("/"))
            if try await connection.readResponse().status == 200 { return connection }
        }
    }

    /// Sends a text on a new connection and reads the response.
    func response(to text: String) async throws -> RawResponse {
        let connection = try connect()
        connection.send(text)
        return try await connection.readResponse(toHead: text.hasPrefix("HEAD "))
    }

    /// The one error body of the contract, as the kernel makes it.
    static let errorBody: @Sendable (HTTPError, RequestID, Headers) -> Response = { error, id, _ in
        let body: JSON = [
            "message": .string(error.message), "code": .string(error.code), "requestId": .string("\(id)"),
        ]
        var headers = Headers()
        if let seconds = error.retryAfter { headers.add("Retry-After", String(seconds)) }
        return Response(error.status, headers: headers, body: .bytes(body.bytes))
    }
}

extension ServerConfiguration {
    /// With deadlines that never pass: what a test does not shorten is not what it tests.
    static var patient: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.deadlines.head = Patience.limit
        configuration.deadlines.body = Patience.limit
        configuration.deadlines.handler = Patience.limit
        configuration.deadlines.write = Patience.limit
        return configuration
    }
}

/// Runs `body` with a server that is stopped afterwards.
func withServer(
    _ configure: (inout ServerConfiguration) -> Void = { _ in },
    handler: @escaping @Sendable (Request) async -> Response = echo,
    admission: (@Sendable (Request) async -> Admission)? = nil,
    _ body: (ServerFixture) async throws -> Void
) async throws {
    let fixture = try ServerFixture(configure, admission: admission, handler)
    do {
        try await body(fixture)
    } catch {
        await fixture.server.stop()
        throw error
    }
    await fixture.server.stop()
}

/// Answers what it was asked: `METHOD path name=value … body`.
@Sendable func echo(_ request: Request) async -> Response {
    let query = request.query.map { " \($0.name)=\($0.value)" }.joined()
    let text = "\(request.method.rawValue) \(request.path)\(query) \(String(decoding: request.body, as: UTF8.self))"
    return Response(contentType: .text, body: .bytes(Array(text.utf8)))
}

final class RecordingLog: LogSink {
    let level = LogLevel.debug
    private let lines = Mutex<[LogEntry]>([])

    var entries: [LogEntry] { lines.withLock { $0 } }
    func write(_ entry: LogEntry) { lines.withLock { $0.append(entry) } }
}

final class AccessRecords: Sendable {
    private let records = Mutex<[AccessRecord]>([])

    var all: [AccessRecord] { records.withLock { $0 } }
    func append(_ record: AccessRecord) { records.withLock { $0.append(record) } }
}

/// A GET with what HTTP/1.1 demands and nothing else.
func get(_ target: String, _ fields: String...) -> String {
    "GET \(target) HTTP/1.1\r\nHost: localhost\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
}

func post(_ target: String, _ body: String, _ fields: String...) -> String {
    "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n"
        + fields.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

extension ServerFixture {
    /// Waits until the server's counters are as wanted; they are events of another thread that nothing announces.
    func until(_ condition: (HTTPServer) -> Bool) async {
        await Patience.until { condition(server) }
    }

    /// Waits until nobody listens any more.
    func untilItRefuses() async {
        await Patience.until { (try? connect()) == nil }
    }

    /// Waits until the server has seen that its only client has closed its sending side.
    func untilTheClientHasFinished() async {
        // An answer to somebody else on each loop: by then it has had the event.
        for _ in 0..<4 { _ = try? await response(to: "BREW / HTTP/1.1\r\nHost: a\r\n\r\n") }
    }
}
