import Kernel
import KernelTesting
import Testing

@Suite("Every route, in process and through a socket")
struct PipelineTests {
    private func with(
        _ transport: TestClient.Transport, log: LogRecorder = LogRecorder(), _ body: (TestClient) async throws -> Void
    ) async throws {
        try await withApplication(
            modules: [ModuleA.self, ModuleB.self], drivers: [RecordingDriver.self],
            configuration: "modules: {b: {word: world}}", environment: ["JOB_SERVICE_STORAGE__URL": "recording:"],
            transport: transport, log: log, body)
    }

    @Test("a module's route answers, with what another module offers", arguments: TestClient.Transport.allCases)
    func routes(transport: TestClient.Transport) async throws {
        try await with(transport) { client in
            #expect(try await client.get("/b").text == "hello from a, world")
            let version = try await client.get("/version").json
            #expect(version["modules"] == ["a", "b"])
            #expect(version["storage"] == "Recording")
        }
    }

    @Test("errors have one form", arguments: TestClient.Transport.allCases)
    func errors(transport: TestClient.Transport) async throws {
        try await with(transport) { client in
            let id = ["X-Request-ID": "id-1"]
            let missing = try await client.get("/nothing", headers: id)
            #expect(missing.status == 404)
            #expect(
                missing.text
                    == #"{"message":"There is nothing at this path","code":"route.not-found","requestId":"id-1"}"#)
            let method = try await client.delete("/a", headers: id)
            #expect(method.status == 405)
            #expect(method.headers["Allow"] == "GET, HEAD, OPTIONS")
            let conflict = try await client.get("/fails?how=http", headers: id)
            #expect(conflict.status == 409)
            #expect(conflict.headers["Retry-After"] == "7")
            let storage = try await client.get("/fails?how=storage", headers: id)
            #expect(storage.status == 503)
            #expect(storage.headers["Retry-After"] == "3")
            #expect(try storage.json["code"] == "storage.unavailable")
        }
    }

    @Test("an unexpected error says nothing of the internals, but the log does, under the same id")
    func unexpected() async throws {
        let log = LogRecorder()
        try await with(.liveSocket, log: log) { client in
            let reply = try await client.get("/fails", headers: ["X-Request-ID": "find-me"])
            #expect(reply.status == 500)
            #expect(!reply.text.contains("secret"))
            let entry = try #require(log.entries.first { $0.requestID == .given("find-me") })
            #expect(entry.detail == "secret internals")
        }
    }

    @Test("OPTIONS tells what is allowed", arguments: TestClient.Transport.allCases)
    func options(transport: TestClient.Transport) async throws {
        try await with(transport) { client in
            let reply = try await client.send(.options, "/b")
            #expect(reply.status == 200)
            #expect(reply.headers["Allow"] == "GET, HEAD, OPTIONS")
        }
    }
}
