import Authentication
import Jobs
import Kernel
import KernelTesting
import Maintenance
import StorageSQLite
import Testing

@Suite("Who may do it, and who did it")
struct PrincipalTests {
    private static let modules: [any Module.Type] = [MaintenanceModule.self, SheetsModule.self]
    private static let key = ["API_KEYS": "a-key-of-the-executor"]

    @Test(
        "an administrator's cookies open what a key opens, and a key does not open what takes an administrator",
        arguments: TestClient.Transport.allCases)
    func administrators(transport: TestClient.Transport) async throws {
        try await withAuthentication(modules: Self.modules, environment: Self.key, transport: transport) { service in
            let created = try await service.postAsAdministrator()
            let id = try #require(try created.json.array?.first?["job_id"]?.string)
            let cookies = service.cookies
            let client = service.client
            #expect(try await client.put("/jobs/\(id)", ["status": "initiated"]).status == 401)
            #expect(try await client.put("/jobs/\(id)", ["status": "initiated"], headers: cookies).status == 200)
            let paused = try await client.post("/maintenance-status", ["msg": "m", "paused": true], headers: cookies)
            #expect(paused.status == 200)
            let deleted = try await client.delete("/sheets/1", headers: cookies)
            #expect(deleted.text == "administrator \"Kari Nordmann\" (\(TokenIssuer.userID))")
            let posted = try await client.post(
                "/jobs", AuthenticationFixture.body, headers: ["X-API-Key": "a-key-of-the-executor"])
            #expect(posted.status == 401 && posted.code == "auth.no-authorization-token")
        }
    }

    @Test("cookies that are no good open nothing, and say why")
    func badCookies() async throws {
        try await withAuthentication(modules: Self.modules, environment: Self.key) { service in
            let issuer = service.issuer
            let role = issuer.authorization(["accreditation/role": "role/researcher"])
            for (cookie, message) in [
                ("authorization=\(issuer.authorization())", "Unauthorized. No user info token was provided"),
                ("user-info=\(issuer.userInfo())", "Unauthorized. No authorization token was provided"),
                ("authorization=\(role); user-info=\(issuer.userInfo())", "Can't start job with role: role/researcher"),
                ("session=1", "Unauthorized. No API key was provided"),
            ] {
                let reply = try await service.client.put(
                    "/jobs/none", ["status": "queued"], headers: ["Cookie": cookie])
                #expect(reply.status == 401)
                #expect(reply.message == message)
            }
        }
    }

    @Test("a wrong key is refused whatever cookies come with it, and a good one whatever cookies is admitted")
    func keyBesideCookies() async throws {
        try await withAuthentication(modules: Self.modules, environment: Self.key) { service in
            let wrong = service.cookies.merging(["X-API-Key": "another-key"]) { $1 }
            let good = ["Cookie": "authorization=x; user-info=y", "X-API-Key": "a-key-of-the-executor"]
            for (headers, status) in [(wrong, 401), (good, 404)] {
                let reply = try await service.client.put("/jobs/none", ["status": "queued"], headers: headers)
                #expect(reply.status == status)
            }
        }
    }

    @Test("that nobody has to prove to be an administrator opens no door that a key keeps shut")
    func openTokensClosedKeys() async throws {
        try await withAuthentication(environment: Self.key.merging(["JWT_AUTH": "false"]) { $1 }) { service in
            let client = service.client
            #expect(try await client.post("/jobs", AuthenticationFixture.body).status == 200)
            #expect(try await client.put("/jobs/none", ["status": "queued"]).status == 401)
            #expect(try await client.put("/jobs/none", ["status": "queued"], headers: service.cookies).status == 401)
            let keyed = try await client.post(
                "/jobs", ["jobs": [["operation": "ADD", "target": "OTHER"]]],
                headers: ["X-API-Key": "a-key-of-the-executor"])
            #expect(keyed.status == 200)
            let users = try await client.get("/jobs").json.array?.map { $0["createdBy"]?["firstName"] }
            #expect(users == ["Test", "Test"])
        }
    }

    @Test("where no keys are configured, bad cookies turn nobody away, and good ones tell who it was")
    func openKeys() async throws {
        try await withAuthentication { service in
            let client = service.client
            let bad = ["Cookie": "authorization=x; user-info=y", "X-Request-ID": "bad"]
            #expect(try await client.put("/jobs/none", ["status": "queued"], headers: bad).status == 404)
            #expect(
                try await service.log.entry { $0.requestID?.description == "bad" && $0.access != nil }.message
                    == "responded")
            let good = service.cookies.merging(["X-Request-ID": "good"]) { $1 }
            #expect(try await client.put("/jobs/none", ["status": "queued"], headers: good).status == 404)
            let line = try await service.log.entry { $0.requestID?.description == "good" && $0.access != nil }
            #expect(line.message == "responded to administrator \"Kari Nordmann\" (\(TokenIssuer.userID))")
        }
    }

    @Test("a page of another origin may use an administrator's cookies for no kind of write")
    func crossOrigin() async throws {
        try await withAuthentication(modules: Self.modules, environment: Self.key) { service in
            for origin in [["Sec-Fetch-Site": "cross-site"], ["Origin": "http://evil.example.org"]] {
                let headers = service.cookies.merging(origin) { $1 }
                let client = service.client
                let replies = [
                    try await client.put("/jobs/none", ["status": "queued"], headers: headers),
                    try await client.delete("/sheets/1", headers: headers),
                    try await client.post("/maintenance-status", ["msg": "", "paused": true], headers: headers),
                ]
                #expect(replies.map(\.status) == [403, 403, 403])
                #expect(replies.map(\.code) == Array(repeating: "origin.refused", count: 3))
            }
            let status = try await service.client.get("/maintenance-status")
            #expect(try status.json["paused"] == false)
        }
    }

    @Test("the log says who wrote, by name and never by key, and stays silent about whoever proved nothing")
    func log() async throws {
        try await withAuthentication(modules: Self.modules, environment: Self.key) { service in
            let headers = ["X-API-Key": "a-key-of-the-executor", "X-Request-ID": "pause"]
            _ = try await service.client.post("/maintenance-status", ["msg": "m", "paused": true], headers: headers)
            let line = try await service.log.entry { $0.access != nil && $0.requestID?.description == "pause" }
            #expect(line.message == "responded to service key 1")
            let told = try await service.log.entry { $0.logger == "maintenance" && $0.message.hasPrefix("paused") }
            #expect(told.message == #"paused, so that no new jobs are started: "m", says service key 1"#)
            #expect(told.requestID?.description == "pause")
            _ = try await service.client.put("/jobs/none", ["status": "queued"], headers: ["X-Request-ID": "none"])
            let refused = try await service.log.entry { $0.access != nil && $0.requestID?.description == "none" }
            #expect(refused.message == "responded" && refused.level == .warning)
            #expect(!service.log.entries.contains { "\($0)".contains("a-key-of-the-executor") })
        }
    }
}

extension AuthenticationFixture {
    /// Those of an administrator.
    var cookies: [String: String] {
        ["Cookie": "authorization=\(issuer.authorization()); user-info=\(issuer.userInfo())"]
    }
}

/// Routes of several roles, each of which answers who asked.
struct SheetsModule: Module {
    static let manifest = Manifest(id: "sheets", summary: "Says who asks")

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) {
        let routes: [(Method, RoutePattern, Access)] = [
            (.get, "/sheets", .anyone), (.get, "/sheets/{id}", [.viewer]), (.post, "/sheets", [.operator]),
            (.put, "/sheets", [Role("auditor")]), (.delete, "/sheets/{id}", [.service, .operator, .administrator]),
        ]
        for (method, pattern, access) in routes {
            kernel.route(method, pattern, Operation("Says who asks", access: access)) { request in
                Response(contentType: .text, body: .bytes(Array(request.principal.description.utf8)))
            }
        }
    }
}
