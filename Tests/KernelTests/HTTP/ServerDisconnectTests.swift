import Kernel
import KernelTesting
import Testing

@Suite("HTTP server: clients that go away")
struct ServerDisconnectTests {
    @Test("clients that go away in the middle of a request leave nothing")
    func midRequest() async throws {
        try await withServer { fixture in
            for text in ["G", "GET / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"] {
                for byReset in [false, true] {
                    let connection = try fixture.connect()
                    connection.send(text)
                    if byReset {
                        connection.reset()
                    } else {
                        connection.finishSending()
                        #expect(try await connection.isClosedWithoutAnswer())
                    }
                }
            }
            await fixture.until { $0.counters.openConnections == 0 }
        }
    }

    @Test("hundreds of clients that come and go with requests under way leak neither connection nor task")
    func churn() async throws {
        try await withServer(handler: { request in
            await Task.yield()
            return await echo(request)
        }) { fixture in
            for index in 0..<300 {
                let connection = try fixture.connect()
                connection.send(get("/\(index)") + get("/x"))
                switch index % 3 {
                case 0: connection.reset()
                case 1: _ = try await connection.readResponse()
                default: connection.finishSending()
                }
            }
            await fixture.until { $0.counters.openConnections == 0 && $0.counters.requestsInFlight == 0 }
        }
    }

    @Test("pipelined requests wait unread while a handler is at work")
    func backlog() async throws {
        let gate = Gate()
        try await withServer(
            { $0.limits.pipelinedBytes = 4096 },
            handler: { request in
                try? await gate.passed()
                return await echo(request)
            }
        ) { fixture in
            let connection = try fixture.connect(timeout: 300)
            let request = get("/", "X: \(String(repeating: "x", count: 1000))")
            // Far more than the server may read ahead; what it does not take stays with the sender.
            let isTaken = connection.send(String(repeating: request, count: 40_000))
            #expect(!isTaken)
            #expect(fixture.server.counters.bytesReceived <= 4096 + 16384)
            gate.open()
        }
    }
}
