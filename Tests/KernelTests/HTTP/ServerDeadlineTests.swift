import Kernel
import KernelTesting
import Testing

@Suite("HTTP server: deadlines")
struct ServerDeadlineTests {
    @Test("ends a head that drips in with 408", arguments: ["G", "GET / HTTP/1.1\r\nHost: a\r\n"])
    func slowHead(start: String) async throws {
        try await withServer({ $0.deadlines.head = .milliseconds(150) }) { fixture in
            let connection = try await fixture.served()
            connection.send(start)
            let response = try await connection.readResponse()
            #expect(response.status == 408)
            #expect(response.closes)
            #expect(response["X-Request-ID"]?.hasPrefix("job-service-") == true)
            #expect(try await connection.isClosedWithoutAnswer())
        }
    }

    @Test("does not let drops put the head's deadline off")
    func drippingHead() async throws {
        try await withServer({ $0.deadlines.head = .milliseconds(200) }) { fixture in
            let connection = try fixture.connect(timeout: 10)
            var response: RawResponse?
            var drops = 0
            // Each look waits 10 ms for an answer, then sends another drop; far more would fit than the deadline has.
            while response == nil, drops < 2000 {
                connection.send("A")
                drops += 1
                response = try? await connection.readResponse()
            }
            #expect(response?.status == 408)
        }
    }

    @Test("ends a body that does not come with 408")
    func slowBody() async throws {
        try await withServer({ $0.deadlines.body = .milliseconds(150) }) { fixture in
            for text in [
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            ] {
                let connection = try fixture.connect()
                connection.send(text)
                #expect(try await connection.readResponse().status == 408)
                #expect(try await connection.isClosedWithoutAnswer())
            }
        }
    }

    @Test("closes a connection that stays idle, or never asks, without a word")
    func idle() async throws {
        try await withServer({
            $0.deadlines.idle = .milliseconds(150)
            $0.deadlines.head = .milliseconds(150)
        }) { fixture in
            let used = try await fixture.served()
            let unused = try fixture.connect()
            #expect(try await used.isClosedWithoutAnswer())
            #expect(try await unused.isClosedWithoutAnswer())
        }
    }

    @Test("answers 503 for a handler that takes too long, cancels it and drops its late answer")
    func slowHandler() async throws {
        let wasCancelled = Gate()
        let late = Gate()
        try await withServer({ $0.deadlines.handler = .milliseconds(150) }) { request in
            guard request.path == "/slow" else { return await echo(request) }
            try? await Gate().passed()
            if Task.isCancelled { wasCancelled.open() }
            await late.passedEvenIfCancelled()
            return await echo(request)
        } _: { fixture in
            let connection = try fixture.connect()
            connection.send(get("/slow", "X-Request-ID: patience") + get("/next"))
            let response = try await connection.readResponse()
            #expect(response.status == 503)
            #expect(response["Retry-After"] == "1")
            #expect(response["X-Request-ID"] == "patience")
            #expect(try JSON(parsing: response.body)["code"] == "request.deadline")
            try await wasCancelled.passed()
            #expect(fixture.server.counters.requestsInFlight == 1)
            late.open()
            #expect(try await connection.isClosedWithoutAnswer())
            #expect(try await Patience.until { try await fixture.response(to: get("/other")).status == 200 })
            let told = fixture.access.all.filter { $0.requestID.description == "patience" }
            #expect(told.map(\.status) == [.serviceUnavailable])
            #expect(fixture.log.entries.isEmpty)
        }
    }

    @Test("closes a connection whose client does not read its response")
    func unreadResponse() async throws {
        let body = [UInt8](repeating: 0x61, count: 64 << 20)
        try await withServer(
            { $0.deadlines.write = .milliseconds(150) }, handler: { _ in Response(body: .bytes(body)) }
        ) {
            fixture in
            let connection = try fixture.connect(receiveBuffer: 4096)
            connection.send(get("/"))
            await fixture.until { $0.counters.requests == 1 }
            await fixture.until { $0.counters.openConnections == 0 }
            #expect(try await connection.readUntilClosed().count < body.count)
        }
    }

    @Test("lets a slow client take as long as it needs while it goes on reading")
    func slowReader() async throws {
        let body = [UInt8](repeating: 0x61, count: 8 << 20)
        try await withServer(
            { $0.deadlines.write = .seconds(6) }, handler: { _ in Response(body: .bytes(body)) }
        ) {
            fixture in
            let connection = try fixture.connect(receiveBuffer: 64 << 10)
            connection.send(get("/"))
            var total = 0
            while total < body.count {
                total += try await connection.read(count: 64 << 10).count
                try await Task.sleep(for: .milliseconds(60))
            }
            #expect(fixture.server.counters.openConnections == 1)
        }
    }
}
