import Jobs
import Kernel
import KernelTesting
import StorageSQLite
import Testing

@Suite("Writes of pages of other origins")
struct CrossOriginTests {
    private static let environment = [
        "JOB_SERVICE_STORAGE__URL": "sqlite::memory:",
        "JOB_SERVICE_HTTP__TRUSTED_ORIGINS": "https://admin.example.org,http://Tools.example.org:8080",
    ]

    @Test("are refused, by what browsers tell of themselves and no page can forge", arguments: Sender.all)
    func write(_ sender: Sender) async throws {
        try await withApplication(
            modules: [JobsModule.self], drivers: [SQLiteDriver.self], environment: Self.environment,
            transport: .liveSocket
        ) { client in
            for (method, target, body, otherwise) in [
                ("POST", "/jobs", #"{"jobs":[]}"#, 200), ("PUT", "/jobs/none", #"{"status":"queued"}"#, 404),
            ] {
                let reply = try await send(method, target, body, sender, client)
                #expect(reply.status == (sender.isRefused ? 403 : otherwise), "\(method)")
                if sender.isRefused { #expect(String(decoding: reply.body, as: UTF8.self).contains("origin.refused")) }
            }
            for method in ["GET", "HEAD", "OPTIONS"] {
                let reply = try await send(method, "/jobs", "", sender, client)
                #expect(reply.status == 200, "\(method) changes nothing and is for everyone")
            }
        }
    }

    private func send(
        _ method: String, _ target: String, _ body: String, _ sender: Sender, _ client: TestClient
    ) async throws -> RawResponse {
        let connection = try RawConnection(port: client.port)
        let fields = (["Host: jobs.example.org", "Content-Length: \(body.utf8.count)"] + sender.fields)
        connection.send("\(method) \(target) HTTP/1.1\r\n" + fields.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return try await connection.readResponse(toHead: method == "HEAD")
    }
}

/// What a browser or another client sends along, and the answer.
struct Sender: Sendable, CustomTestStringConvertible {
    let fields: [String]
    let isRefused: Bool

    init(_ fields: String..., isRefused: Bool) {
        self.fields = fields
        self.isRefused = isRefused
    }

    var testDescription: String { fields.isEmpty ? "none" : fields.joined(separator: ", ") }

    static let all = [
        Sender(isRefused: false),
        Sender("Sec-Fetch-Site: same-origin", isRefused: false),
        Sender("Sec-Fetch-Site: none", isRefused: false),
        Sender("Sec-Fetch-Site: same-site", isRefused: true),
        Sender("Sec-Fetch-Site: cross-site", isRefused: true),
        Sender("Sec-Fetch-Site: anything", isRefused: true),
        Sender("Sec-Fetch-Site:", isRefused: true),
        Sender("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site", isRefused: true),
        Sender("sec-fetch-site: cross-site", "Origin: http://jobs.example.org", isRefused: true),
        Sender("Origin: http://jobs.example.org", isRefused: false),
        Sender("Origin: http://jobs.example.org:80", isRefused: false),
        Sender("Origin: https://jobs.example.org", isRefused: false),
        Sender("Origin: HTTP://JOBS.example.org", isRefused: false),
        Sender("Origin: http://jobs.example.org:8080", isRefused: true),
        Sender("Origin: http://evil.example.org", isRefused: true),
        Sender("Origin: http://jobs.example.org.evil.org", isRefused: true),
        Sender("Origin: http://evil@jobs.example.org", isRefused: true),
        Sender("Origin: jobs.example.org", isRefused: true),
        Sender("Origin: file://jobs.example.org", isRefused: true),
        Sender("Origin: http://jobs.example.org/", isRefused: true),
        Sender("Origin: null", isRefused: true),
        Sender("Origin:", isRefused: true),
        Sender("Origin: http://jobs.example.org", "Origin: http://evil.example.org", isRefused: true),
        Sender("Origin: https://admin.example.org", isRefused: false),
        Sender("Origin: https://admin.example.org:443", isRefused: false),
        Sender("Origin: http://admin.example.org", isRefused: true),
        Sender("Origin: http://tools.example.org:8080", isRefused: false),
        Sender("Sec-Fetch-Site: cross-site", "Origin: https://admin.example.org", isRefused: false),
        Sender("Sec-Fetch-Site: cross-site", "Origin: https://other.example.org", isRefused: true),
        Sender("Referer: http://evil.example.org/page", isRefused: false),
    ]
}
