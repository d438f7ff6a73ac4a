import KernelTesting
import Testing

@testable import Kernel

/// Takes everybody at their word: `X-Who` says their role, and nothing says nobody.
private struct Porter: AccessControl {
    let isOpen = false

    func principal(of request: Request, to access: Access) throws -> Principal {
        guard let role = request.headers["X-Who"] else { return .nobody }
        return Principal(service: "a-\(role)", roles: [Role(role)])
    }

    func issues(knowing roles: [Role]) -> [BootIssue] {
        roles.contains(Role("curator")) ? [] : [BootIssue(.configuration, "nobody curates")]
    }
}

private struct PorterModule: Module {
    static let manifest = Manifest(id: "porter", summary: "Asks who it is")

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) { kernel.offer(.accessControl, Porter()) }
}

private struct Gallery: Module {
    static let manifest = Manifest(id: "gallery", summary: "Shows things to some")

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) {
        let routes: [(Method, RoutePattern, Access)] = [
            (.get, "/open", .anyone), (.post, "/works", [Role("curator"), .administrator]),
            (.get, "/works", [.viewer, Role("curator")]), (.post, "/sales", [.administrator]),
        ]
        for (method, pattern, access) in routes {
            kernel.route(method, pattern, Operation("Shows", access: access)) { request in
                if request.headers["X-Break"] != nil {
                    throw StoreError.unavailable(reason: "it is gone", retryAfter: 1)
                }
                let text = "\(request.principal) for \(request.user?.id ?? "nobody")"
                return Response(contentType: .text, body: .bytes(Array(text.utf8)))
            }
        }
    }
}

private struct Forgetful: Module {
    static let manifest = Manifest(id: "forgetful", summary: "Admits nobody")

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) {
        kernel.route(.post, "/never", Operation("Is of no use", access: [])) { _ in Response() }
    }
}

@Suite("Who may call a route")
struct AccessTests {
    private func withService(
        _ modules: [any Module.Type] = [PorterModule.self, Gallery.self],
        _ transport: TestClient.Transport = .inProcess, log: LogRecorder = LogRecorder(),
        _ body: (TestClient) async throws -> Void
    ) async throws {
        try await withApplication(
            modules: modules, drivers: [RecordingDriver.self],
            environment: ["JOB_SERVICE_STORAGE__URL": "recording:"], transport: transport, log: log, body)
    }

    @Test("whoever has one of its roles, and nobody else", arguments: TestClient.Transport.allCases)
    func roles(transport: TestClient.Transport) async throws {
        try await withService([PorterModule.self, Gallery.self], transport) { client in
            for (method, path, role, status) in [
                (Method.post, "/works", "curator", 200), (.post, "/works", "administrator", 200),
                (.post, "/works", "viewer", 403), (.post, "/works", "Curator", 403), (.post, "/works", nil, 403),
                (.get, "/works", "viewer", 200), (.get, "/works", "curator", 200), (.get, "/works", "service", 403),
                (.get, "/open", nil, 200), (.get, "/open", "viewer", 200),
            ] {
                let reply = try await client.send(method, path, headers: role.map { ["X-Who": $0] } ?? [:])
                #expect(reply.status == status, "\(method) \(path) \(role ?? "nobody")")
                if status == 403 { #expect(try reply.json["code"] == "access.role-missing") }
            }
            let asked = try await client.post("/works", [:], headers: ["X-Who": "curator"])
            #expect(asked.text == "service a-curator for nobody")
            let open = try await client.get("/open", headers: ["X-Who": "curator"])
            #expect(open.text == "nobody for nobody", "nobody has looked")
        }
    }

    @Test("anyone, as the test user, where nothing asks who it is", arguments: TestClient.Transport.allCases)
    func open(transport: TestClient.Transport) async throws {
        try await withService([Gallery.self], transport) { client in
            for (method, path) in [(Method.post, "/works"), (.get, "/works"), (.post, "/sales")] {
                let reply = try await client.send(method, path)
                #expect(reply.text == "nobody for \(User.test.id)")
            }
        }
    }

    @Test("an operator everything but what takes an administrator")
    func operators() async throws {
        try await withService { client in
            for (path, status) in [("/works", Status.ok), ("/sales", .forbidden)] {
                let response = await client.application.respond(toOperator: try Request(.post, path))
                #expect(response.status == status)
            }
            let response = await client.application.respond(toOperator: try Request(.get, "/works"))
            #expect(try await response.collectedBody() == Array("operator for nobody".utf8))
        }
    }

    @Test("by the first role alone whoever has proved nothing")
    func unproved() {
        let access: Access = [.service, .administrator]
        #expect(access.admits(Principal(anonymousWith: [.service])))
        #expect(!access.admits(Principal(anonymousWith: [.administrator])))
        #expect(!access.admits(.nobody) && access.admits(.anybody) && access.admits(.operator))
        #expect(access.admits(Principal(.test)), "who has proved to be an administrator")
        #expect(!([.administrator] as Access).admits(.operator) && Access.anyone.admits(.nobody))
    }

    @Test("nobody, which keeps the service from starting; and so does an authentication that misses a role")
    func issues() async throws {
        let failure = await #expect(throws: BootFailure.self) {
            try await withService([PorterModule.self, Forgetful.self]) { _ in }
        }
        #expect(
            failure?.issues.map(\.what) == [
                "route POST /never of module 'forgetful' admits no role, and hence nobody", "nobody curates",
            ])
    }

    @Test("the log tells of each request on a connection who made that one, also if it failed")
    func log() async throws {
        let log = LogRecorder()
        try await withService([PorterModule.self, Gallery.self], .liveSocket, log: log) { client in
            let connection = try RawConnection(port: client.port)
            for (id, fields) in [
                ("one", "X-Who: viewer"), ("two", "X-None: 1"), ("three", "X-Who: viewer\r\nX-Break: 1"),
                ("four", "X-Who: service"),
            ] {
                connection.send("GET /works HTTP/1.1\r\nHost: x\r\nX-Request-ID: \(id)\r\n\(fields)\r\n\r\n")
                _ = try await connection.readResponse()
            }
            var told: [String] = []
            for id in ["one", "two", "three", "four"] {
                told.append(try await log.entry { $0.access != nil && $0.requestID?.description == id }.message)
            }
            #expect(
                told == [
                    "responded to service a-viewer", "responded",
                    "the storage cannot answer: it is gone; asked by service a-viewer",
                    "responded to service a-service",
                ])
        }
    }

    @Test("the log tells who it was that has gone in the middle of a body")
    func gone() async throws {
        let log = LogRecorder()
        try await withService([PorterModule.self, Gallery.self], .liveSocket, log: log) { client in
            let connection = try RawConnection(port: client.port)
            connection.send(
                "POST /works HTTP/1.1\r\nHost: x\r\nX-Who: curator\r\nContent-Length: 5\r\n"
                    + "Expect: 100-continue\r\n\r\n")
            #expect(try await connection.readResponse().status == 100)
            connection.reset()
            let line = try await log.entry { $0.access?.method == .post }
            #expect(line.message == "the client had gone before the response; asked by service a-curator")
            #expect(line.access?.status == .clientClosedRequest && line.level == .info)
        }
    }

    @Test("is described with its roles, for programs and for people")
    func description() async throws {
        try await withService { client in
            let paths = try await client.get("/openapi.json").json["paths"]
            let works = paths?["/works"]?["post"]
            let cookies: JSON = ["authorization": ["administrator"], "userInfo": ["administrator"]]
            #expect(works?["security"] == [["apiKey": ["curator"]], cookies, [:]])
            #expect(paths?["/sales"]?["post"]?["security"] == [cookies])
            #expect(paths?["/open"]?["get"]?["security"] == nil)
            let refusal = works?["responses"]?["403"]?["description"]?.string
            #expect(refusal?.hasPrefix("The caller does not have the role curator or administrator. Or: ") == true)
            let page = try await client.get("/docs").text
            #expect(page.contains("For the role <strong>curator</strong>: the header <code>X-API-Key</code>"))
            #expect(page.contains("; or for <strong>administrator</strong>: the cookie <code>authorization</code>"))
        }
    }
}
