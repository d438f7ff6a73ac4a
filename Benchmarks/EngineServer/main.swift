import Glibc
import Kernel

// The HTTP engine alone, for measuring: no router, no modules. `EngineServer PORT [THREADS]`
// GET /health/alive, GET /bytes (20 KB), GET /hop (one suspension), GET /stream (10 MB), POST anything (echo).

struct NoLog: LogSink {
    let level = LogLevel.critical
    func write(_ entry: LogEntry) {}
}

@Sendable func answer(_ request: Request) async -> Response {
    if request.method == .post { return Response(body: .bytes(request.body)) }
    switch request.path {
    case "/health/alive": return Response(contentType: .text, body: .fixed("I'm alive!"))
    case "/bytes": return Response(contentType: .text, body: .bytes([UInt8](repeating: 0x61, count: 20_000)))
    case "/hop":
        await Task.yield()
        return Response(contentType: .text, body: .fixed("I'm alive!"))
    case "/stream":
        return Response(
            contentType: .text,
            body: .stream { writer in
                let piece = [UInt8](repeating: 0x61, count: 1000)
                for _ in 0..<10_000 { try await writer.write(piece) }
            })
    default: return Response(.notFound, body: .fixed("{}"))
    }
}

var configuration = ServerConfiguration()
configuration.port = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 8080 : 8080
configuration.threads = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 2 : 2
let reject: @Sendable (HTTPError, RequestID, Headers) -> Response = { error, id, _ in
    Response(error.status, body: .bytes(Array("{\"code\":\"\(error.code)\",\"requestId\":\"\(id)\"}".utf8)))
}
let server = HTTPServer(
    configuration, log: Logger("http", sink: NoLog()), rejection: reject, handler: { await answer($0) })
do throws(BootIssue) {
    try server.bind()
    try server.start()
} catch {
    print(error.what)
    exit(1)
}
print("listening on \(server.port)")
fflush(nil)
while true { sleep(3600) }
