import KernelTesting
import Testing

@testable import Kernel

@Suite("HTTP server: clients that have gone")
struct GoneClientTests {
    /// A handler that waits for a gate, and tells whether it was cancelled meanwhile.
    private final class Waiting: Sendable {
        let started = Gate()
        let gate = Gate()
        let wasCancelled = Gate()
        let hasEnded = Gate()
        private let status: Status

        init(answering status: Status = .ok) {
            self.status = status
        }

        @Sendable func handle(_ request: Request) async -> Response {
            started.open()
            do { try await gate.passed() } catch { wasCancelled.open() }
            hasEnded.open()
            return Response(status, contentType: .text, body: .bytes(Array(request.path.utf8)))
        }
    }

    private func record(of fixture: ServerFixture) async throws -> AccessRecord {
        func own() -> [AccessRecord] { fixture.access.all.filter { $0.method != .other } }
        await fixture.until { _ in !own().isEmpty }
        #expect(own().count == 1)
        return try #require(own().first)
    }

    @Test("a read whose client resets the connection is cancelled, and told as one whose client has gone")
    func resetDuringRead() async throws {
        let waiting = Waiting()
        try await withServer(handler: waiting.handle) { fixture in
            let client = try fixture.connect()
            client.send(get("/", "X-Request-ID: gone"))
            try await waiting.started.passed()
            client.reset()
            try await waiting.wasCancelled.passed()
            let record = try await record(of: fixture)
            #expect("\(record.requestID)" == "gone" && record.target == "/")
            #expect(record.status == .clientClosedRequest && record.ending == .clientGone && record.route == nil)
            await fixture.until { $0.counters.openConnections == 0 && $0.counters.requestsInFlight == 0 }
            #expect(fixture.access.all.count == 1)
        }
    }

    @Test("a write whose client resets the connection is carried through")
    func resetDuringWrite() async throws {
        let waiting = Waiting()
        try await withServer(handler: waiting.handle) { fixture in
            let client = try fixture.connect()
            client.send(post("/", "x"))
            try await waiting.started.passed()
            client.reset()
            let record = try await record(of: fixture)
            #expect(record.status == .clientClosedRequest && record.ending == .clientGone)
            #expect(!waiting.hasEnded.isOpen)
            waiting.gate.open()
            try await waiting.hasEnded.passed()
            #expect(!waiting.wasCancelled.isOpen)
            await fixture.until { $0.counters.requestsInFlight == 0 }
            #expect(fixture.access.all.count == 1)
        }
    }

    @Test(
        "whether a client that closed has gone is known once it was answered, whatever the answer was",
        arguments: [Status.ok, .notFound, .serviceUnavailable])
    func closed(status: Status) async throws {
        let waiting = Waiting(answering: status)
        try await withServer(handler: waiting.handle) { fixture in
            var client: RawConnection? = try fixture.connect()
            client?.send(get("/"))
            try await waiting.started.passed()
            client = nil
            await fixture.untilTheClientHasFinished()
            waiting.gate.open()
            let record = try await record(of: fixture)
            #expect(record.status == .clientClosedRequest && record.ending == .clientGone)
            #expect(!waiting.wasCancelled.isOpen)
            await fixture.until { $0.counters.openConnections == 0 }
        }
    }

    @Test("a client that only closes its sending side gets its answer, and is told as one that had it")
    func halfClosed() async throws {
        let waiting = Waiting(answering: .notFound)
        try await withServer(handler: waiting.handle) { fixture in
            let client = try fixture.connect()
            client.send(post("/half", "x"))
            client.finishSending()
            try await waiting.started.passed()
            await fixture.untilTheClientHasFinished()
            waiting.gate.open()
            let response = try await client.readResponse()
            #expect(response.status == 404 && response.text == "/half")
            #expect(try await client.isClosedWithoutAnswer())
            let record = try await record(of: fixture)
            #expect(record.status == .notFound && record.ending == .complete)
            #expect(!waiting.wasCancelled.isOpen)
        }
    }

    @Test("so do all requests that it sent before, streamed answers among them")
    func halfClosedPipeline() async throws {
        try await withServer(handler: { request in
            await Task.yield()
            guard request.path == "/stream" else { return await echo(request) }
            return Response(
                contentType: .text,
                body: .stream { writer in
                    for _ in 0..<100 { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
                })
        }) { fixture in
            let client = try fixture.connect()
            client.send(get("/1") + get("/stream") + post("/2", "two") + get("/stream") + get("/3"))
            client.finishSending()
            #expect(try await client.readResponse().text == "GET /1 ")
            #expect(try await client.readResponse().body.count == 1_000_000)
            #expect(try await client.readResponse().text == "POST /2 two")
            #expect(try await client.readResponse().body.count == 1_000_000)
            #expect(try await client.readResponse().text == "GET /3 ")
            #expect(try await client.isClosedWithoutAnswer())
            await fixture.until { _ in fixture.access.all.count == 5 }
            #expect(fixture.access.all.map(\.ending) == Array(repeating: .complete, count: 5))
        }
    }

    @Test("a client that leaves in the middle of its body is told as gone", arguments: [false, true])
    func midBody(byReset: Bool) async throws {
        try await withServer { fixture in
            let client = try fixture.connect()
            client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
            await fixture.until { $0.counters.bytesReceived > 0 }
            if byReset { client.reset() } else { client.finishSending() }
            let record = try await record(of: fixture)
            #expect(record.status == .clientClosedRequest && record.target == "/x")
        }
    }

    @Test("a client that no longer reads is told as gone, be its answer streamed or not", arguments: [false, true])
    func deaf(isStreamed: Bool) async throws {
        let body = [UInt8](repeating: 0x61, count: 16 << 20)
        try await withServer({ $0.deadlines.write = .milliseconds(100) }) { _ in
            isStreamed ? Response(body: .stream { try await $0.write(body) }) : Response(body: .bytes(body))
        } _: { fixture in
            let client = try fixture.connect(receiveBuffer: 4096)
            client.send(get("/"))
            let record = try await record(of: fixture)
            #expect(record.status == .clientClosedRequest && record.ending == .clientGone)
            _ = try await client.readUntilClosed()
        }
    }

    @Test("an answer that the socket does not take at once is told when it has taken it")
    func slowReader() async throws {
        let body = [UInt8](repeating: 0x61, count: 16 << 20)
        try await withServer(handler: { _ in Response(body: .bytes(body)) }) { fixture in
            let client = try fixture.connect(receiveBuffer: 4096)
            client.send(get("/"))
            #expect(try await client.readResponse().body.count == body.count)
            let record = try await record(of: fixture)
            #expect(record.status == .ok && record.ending == .complete)
        }
    }

    @Test("the access log says so once, at INFO, and has a line at ERROR for an answer that broke off")
    func accessLog() throws {
        let sink = RecordingLog()
        let log = AccessLog(
            routes: [], proxies: Reloadable(TrustedProxies(networks: [], trustsLocalSockets: false)),
            level: Reloadable(.notable), sink: sink)
        let id = try #require(RequestID(given: "an-id"))
        func record(_ status: Status, _ ending: AccessRecord.Ending) {
            log.record(
                AccessRecord(
                    method: .get, status: status, route: nil, isNotable: false, failure: nil, peer: nil,
                    requestID: id, trace: nil, nanoseconds: 1, bytesSent: 0, ending: ending, head: .none))
        }
        record(.clientClosedRequest, .clientGone)
        record(.ok, .brokenOff("its producer failed: no more"))
        #expect(sink.entries.map(\.level) == [.info, .error])
        #expect(sink.entries.map { $0.access?.status } == [.clientClosedRequest, .ok])
        #expect(
            sink.entries.map(\.message) == [
                "the client had gone before the response", "the response broke off: its producer failed: no more",
            ])
    }

    @Test("the tally counts it apart from all errors, and a broken answer among those of the server")
    func tally() throws {
        let tally = RequestTally(routes: 1)
        let id = try #require(RequestID(given: "an-id"))
        for (status, ending) in [
            (Status.clientClosedRequest, AccessRecord.Ending.clientGone), (.ok, .brokenOff("it did")), (.ok, .complete),
        ] {
            tally.count(
                AccessRecord(
                    method: .get, status: status, route: 0, isNotable: false, failure: nil, peer: nil,
                    requestID: id, trace: nil, nanoseconds: 1, bytesSent: 0, ending: ending, head: .none))
        }
        let counts = RequestTally.classNames.indices.map { tally.requests(route: 0, .get, class: $0) }
        #expect(counts == [0, 1, 0, 0, 1, 1])
        #expect(tally.times(route: 0).buckets.reduce(0, +) == 2)
    }
}
