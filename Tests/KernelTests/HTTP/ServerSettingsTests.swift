import Kernel
import KernelTesting
import Testing

@Suite("HTTP server: limits that change")
struct ServerSettingsTests {
    private func settings(_ change: (inout ServerConfiguration) -> Void) -> ServerConfiguration {
        var configuration = ServerConfiguration.patient
        change(&configuration)
        return configuration
    }

    @Test("hold for the next request of a connection that was there before")
    func body() async throws {
        try await withServer { fixture in
            let client = try fixture.connect()
            client.send(post("/", "12345"))
            #expect(try await client.readResponse().status == 200)
            fixture.server.apply(settings { $0.limits.bodyBytes = 4 })
            client.send(post("/", "12345"))
            #expect(try await client.readResponse().status == 413)
        }
    }

    @Test("may be larger than the buffers of before, or smaller than what a client has sent already")
    func head() async throws {
        try await withServer({ $0.limits.headBytes = 1024 }) { fixture in
            let long = "X-Long: " + String(repeating: "x", count: 200_000)
            #expect(try await fixture.response(to: get("/", long)).status == 431)
            fixture.server.apply(settings { $0.limits.headBytes = 1 << 20 })
            #expect(try await fixture.response(to: get("/", long)).status == 200)
            let client = try fixture.connect()
            let whole = Array(get("/late", long).utf8)
            client.send(Array(whole[..<150_000]))
            await fixture.until { $0.counters.bytesReceived >= 350_000 }
            fixture.server.apply(settings { $0.limits.headBytes = 2048 })
            client.send(Array(whole[150_000...]))
            #expect(try await client.readResponse().status == 431)
            #expect(try await fixture.response(to: get("/x")).text == "GET /x ")
        }
    }

    @Test("count for the connections that come from then on")
    func connections() async throws {
        try await withServer({ $0.limits.connections = 2 }) { fixture in
            let first = try [fixture.connect(), fixture.connect()]
            for client in first {
                client.send(get("/"))
                _ = try await client.readResponse()
            }
            #expect(try await fixture.connect().readResponse().status == 503)
            fixture.server.apply(settings { $0.limits.connections = 3 })
            #expect(try await fixture.response(to: get("/")).status == 200)
        }
    }

    @Test("include the deadlines")
    func deadlines() async throws {
        try await withServer { fixture in
            fixture.server.apply(settings { $0.deadlines.head = .milliseconds(50) })
            let client = try fixture.connect()
            client.send("GET / HT")
            #expect(try await client.readResponse().status == 408)
        }
    }

    @Test("may change at any time under load: every request is answered under the one or the other")
    func underLoad() async throws {
        try await withServer { fixture in
            let server = fixture.server
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let client = try fixture.connect()
                        for _ in 0..<500 {
                            client.send(post("/", "12345"))
                            let response = try await client.readResponse()
                            #expect(response.text == "POST / 12345")
                        }
                    }
                }
                for round in 0..<200 {
                    server.apply(settings { $0.limits.headBytes = 4096 << (round % 5) })
                    await Task.yield()
                }
                try await group.waitForAll()
            }
        }
    }
}
