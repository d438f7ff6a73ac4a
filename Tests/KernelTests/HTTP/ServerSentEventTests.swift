import Kernel
import KernelTesting
import Synchronization
import Testing

@Suite("Server-Sent Events")
struct ServerSentEventTests {
    private func text(_ event: ServerSentEvent) -> String { String(decoding: event.bytes, as: UTF8.self) }

    @Test("an event has a line for each of its fields, and an empty one behind them")
    func fields() {
        let event = ServerSentEvent(id: "7", type: "job", data: ["a": 1], retry: .milliseconds(1500))
        #expect(text(event) == "id: 7\nevent: job\nretry: 1500\ndata: {\"a\":1}\n\n")
        #expect(text(.settings(id: "8", retry: .seconds(1))) == "id: 8\nretry: 1000\n\n")
        #expect(text(.comment("a\nb")) == ": a\n: b\n\n")
    }

    @Test(
        "data of several lines has a field for each, whatever ends them",
        arguments: [
            ("", "data: \n\n"), ("a\nb", "data: a\ndata: b\n\n"), ("a\r\nb", "data: a\ndata: b\n\n"),
            ("a\rb\r", "data: a\ndata: b\ndata: \n\n"), ("\n\n", "data: \ndata: \ndata: \n\n"),
            ("x\n\nevent: y", "data: x\ndata: \ndata: event: y\n\n"),
        ])
    func lines(data: String, wire: String) {
        #expect(text(ServerSentEvent(data: data)) == wire)
    }

    @Test(
        "no id and no type opens a line of its own",
        arguments: ["7\ndata: x", "7\rdata: x", "7\r\ndata: x", "7\0data: x"])
    func injection(id: String) {
        #expect(text(ServerSentEvent(id: id, type: id, data: "y")) == "id: 7data: x\nevent: 7data: x\ndata: y\n\n")
    }

    @Test("are answered with what keeps proxies from holding them back", arguments: TestClient.Transport.allCases)
    func response(transport: TestClient.Transport) async throws {
        try await withService(transport) { kernel in
            kernel.route(.get, "/events", Operation("Follows", access: .anyone)) { request in
                let last = request.lastEventID
                return .events { writer in
                    try await writer.send(ServerSentEvent(id: "1", type: "job", data: "after \(last ?? "nothing")\nx"))
                    try await writer.send([.comment("so far"), ServerSentEvent(data: "two")])
                }
            }
        } _: { client in
            let stream = try await client.open("/events", headers: ["Last-Event-ID": "0"])
            #expect(stream.status == 200)
            #expect(stream.headers["Cache-Control"] == "no-store" && stream.headers["X-Accel-Buffering"] == "no")
            #expect(try await stream.event() == ["id": "1", "event": "job", "data": "after 0\nx"])
            #expect(try await stream.event() == ["data": "two"])
            #expect(try await stream.event() == nil)
            let whole = try await client.get("/events")
            #expect(whole.text.hasPrefix("id: 1\nevent: job\ndata: after nothing\ndata: x\n\n"))
            let head = try await client.send(.head, "/events")
            #expect(head.status == 200 && head.bytes.isEmpty)
            if transport == .liveSocket { #expect(head.headers["Content-Type"] == "text/event-stream") }
        }
    }

    @Test("a comment is sent while nothing else is, and the next event follows it")
    func keepAlive() async throws {
        let gate = Gate()
        try await withService { kernel in
            kernel.route(.get, "/events", Operation("Follows", access: .anyone)) { _ in
                .events(keepAlive: .milliseconds(10)) { writer in
                    try await gate.passed()
                    try await writer.send(ServerSentEvent(data: "at last"))
                }
            }
        } _: { client in
            let stream = try await client.open("/events")
            for _ in 0..<3 { #expect(try await stream.block() == ":") }
            gate.open()
            #expect(try await stream.event() == ["data": "at last"])
            #expect(try await stream.event() == nil)
        }
    }

    @Test("a follower that leaves is let go at once, and is none whose answer went wrong")
    func leaving() async throws {
        let isLetGo = Gate()
        let log = LogRecorder()
        try await withService(log: log) { kernel in
            kernel.route(.get, "/events", Operation("Follows", access: .anyone)) { _ in
                .events { writer in
                    try await writer.send(ServerSentEvent(data: "hello"))
                    do { try await Gate().passed() } catch { isLetGo.open() }
                }
            }
        } _: { client in
            let stream = try await client.open("/events")
            #expect(try await stream.event() == ["data": "hello"])
            stream.leave()
            try await isLetGo.passed()
            #expect(await Patience.until { log.entries.contains { $0.access?.url == "/events" } })
            let line = try #require(log.entries.first { $0.access?.url == "/events" })
            #expect(line.access?.status == .ok && line.message == "responded")
        }
    }

    @Test("a follower that never reads costs bounded memory, and is ended at the write deadline")
    func deaf() async throws {
        let written = Mutex(0)
        let isLetGo = Gate()
        try await withService(
            configuration: "http: {limits: {output: 8192}, deadlines: {write: 150ms}}"
        ) { kernel in
            kernel.route(.get, "/events", Operation("Follows", access: .anyone)) { _ in
                .events { writer in
                    let event = ServerSentEvent(data: [UInt8](repeating: 0x61, count: 1 << 20))
                    do {
                        while true {
                            try await writer.send(event)
                            written.withLock { $0 += 1 }
                        }
                    } catch { isLetGo.open() }
                }
            }
        } _: { client in
            let connection = try RawConnection(port: client.port, receiveBuffer: 2048)
            connection.send(get("/events"))
            try await isLetGo.passed()
            // The sockets' buffers take some of the events, and no more than that.
            #expect(written.withLock { $0 } < 16)
        }
    }

    @Test("a service that stops tells its followers first, so that they do not hold it up")
    func stop() async throws {
        let order = Events()
        let isFollowing = Gate()
        try await withService(configuration: "lifecycle: {drain: 300s}") { kernel in
            kernel.route(.get, "/events", Operation("Follows", access: .anyone)) { _ in
                .events { writer in
                    try await writer.send(ServerSentEvent(data: "hello"))
                    isFollowing.open()
                    defer { order.add("follower ended") }
                    try await Gate().passed()
                }
            }
        } _: { client in
            let stream = try await client.open("/events")
            try await isFollowing.passed()
            let begin = ContinuousClock.now
            await client.application.stop()
            #expect(order.all == ["follower ended"])
            #expect(ContinuousClock.now - begin < .seconds(200), "the drain was not used up")
            #expect(try await stream.event() == ["data": "hello"])
            #expect(try await stream.event() == nil, "with the last chunk: the client can tell that all is well")
        }
    }
}
