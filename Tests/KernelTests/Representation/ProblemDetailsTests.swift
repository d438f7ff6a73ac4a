import Kernel
import KernelTesting
import Testing

@Suite("Errors as RFC 9457 has them")
struct ProblemDetailsTests {
    private func service(
        _ transport: TestClient.Transport = .liveSocket, _ body: (TestClient) async throws -> Void
    ) async throws {
        try await withService(transport) { kernel in
            kernel.route(.get, "/wrong", Operation("Fails", access: .anyone)) { _ in
                throw HTTPError(
                    .conflict, code: "things.taken", message: "It is taken",
                    problems: [FieldProblem("name", "name is taken")])
            }
            kernel.route(.get, "/broken", Operation("Fails", access: .anyone)) { _ in throw CancellationError() }
        } _: { client in
            try await body(client)
        }
    }

    @Test(
        "are for those who ask for them",
        arguments: [
            ("application/problem+json", true), ("application/json, application/problem+json", true),
            ("application/problem+json;q=0.5, application/json", false), ("application/problem+json;q=0", false),
            ("Application/Problem+JSON; charset=utf-8", true), ("application/json", false), ("*/*", false),
            ("application/*", false), ("text/html", false),
        ], TestClient.Transport.allCases)
    func asked(accept: (value: String, isProblem: Bool), transport: TestClient.Transport) async throws {
        try await service(transport) { client in
            let reply = try await client.get("/wrong", headers: ["Accept": accept.value, "X-Request-ID": "one"])
            #expect(reply.status == 409)
            let usual =
                #"{"message":"It is taken","code":"things.taken","requestId":"one","#
                + #""errors":[{"field":"name","message":"name is taken"}]}"#
            guard accept.isProblem else {
                #expect(reply.text == usual && reply.headers["Vary"] == nil)
                return
            }
            var expected = JSONObject()
            for (name, value): (String, JSON) in [
                ("type", "about:blank"), ("title", "Conflict"), ("status", 409), ("detail", "It is taken"),
            ] { expected[name] = value }
            for member in try JSON(parsing: Array(usual.utf8)).object?.members ?? [] {
                expected[member.name] = member.value
            }
            #expect(try reply.json == .object(expected))
            #expect(reply.headers["Vary"] == "Accept")
            if transport == .liveSocket { #expect(reply.headers["Content-Type"] == "application/problem+json") }
        }
    }

    @Test("are what every refusal is, the engine's own too")
    func everywhere() async throws {
        try await service { client in
            let headers = ["Accept": "application/problem+json"]
            for (method, path, status) in [
                (Method.get, "/nowhere", 404), (.post, "/wrong", 405), (.get, "/broken", 503), (.get, "/%zz", 400),
            ] {
                let reply = try await client.send(method, path, headers: headers)
                #expect(reply.status == status)
                #expect(try reply.json["status"] == .integer(Int64(status)), "\(path)")
                #expect(try reply.json["title"]?.string?.isEmpty == false)
            }
        }
    }
}
