import Kernel
import KernelTesting
import Testing

@Suite("HTTP server: the last requests")
struct ServerDrainTests {
    @Test("once the end is announced every response ends its connection, and new ones are still taken")
    func announcement() async throws {
        try await withServer { fixture in
            let client = try fixture.connect()
            client.send(get("/before"))
            #expect(try await client.readResponse().closes == false)
            fixture.server.announceEnd()
            #expect(fixture.server.loopsAnswer(within: Patience.limit), "they have heard of it")
            client.send(get("/after"))
            #expect(try await client.readResponse().closes)
            #expect(try await client.isClosedWithoutAnswer())
            let response = try await fixture.response(to: get("/new"))
            #expect(response.status == 200 && response.closes)
        }
    }

    @Test("a client that has just connected, or was just answered, gets its next request answered while draining")
    func patience() async throws {
        try await withServer({ $0.deadlines.lastRequest = Patience.limit }) { fixture in
            let fresh = try fixture.connect()
            let recent = try fixture.connect()
            recent.send(get("/"))
            #expect(try await recent.readResponse().closes == false)
            await fixture.until { $0.counters.openConnections == 2 }
            async let drained: Void = fixture.server.drain(within: Patience.limit)
            await fixture.untilItRefuses()
            for client in [fresh, recent] {
                client.send(post("/late", "body"))
                let response = try await client.readResponse()
                #expect(response.text == "POST /late body" && response.closes)
                #expect(try await client.isClosedWithoutAnswer())
            }
            await drained
        }
    }

    @Test("a response that was promised another request before the drain is followed by it")
    func streamOverDrain() async throws {
        let begun = Gate()
        let goOn = Gate()
        try await withServer(
            { $0.deadlines.lastRequest = Patience.limit },
            handler: { request in
                guard request.path == "/stream" else { return await echo(request) }
                return Response(
                    contentType: .text,
                    body: .list { writer in
                        try await writer.write(Array("first".utf8))
                        begun.open()
                        try await goOn.passed()
                        try await writer.write(Array("last".utf8))
                    })
            }
        ) { fixture in
            let client = try fixture.connect()
            client.send(get("/stream"))
            try await begun.passed()
            async let drained: Void = fixture.server.drain(within: Patience.limit)
            await fixture.untilItRefuses()
            goOn.open()
            let stream = try await client.readResponse()
            #expect(stream.text == "firstlast")
            guard !stream.closes else { return await drained }
            client.send(get("/next"))
            let next = try await client.readResponse()
            #expect(next.text == "GET /next " && next.closes)
            await drained
        }
    }
}
