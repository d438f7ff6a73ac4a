import KernelTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("HTTP server: streams that may be quiet")
struct QuietStreamTests {
    /// A producer that writes once and then waits for a gate, and tells how that ended.
    private final class Follower: Sendable {
        let begun = Gate()
        let gate = Gate()
        let wasCancelled = Gate()

        @Sendable func produce(_ writer: any BodyWriter) async throws {
            try await writer.write(Array("first".utf8))
            begun.open()
            do { try await gate.passed() } catch {
                wasCancelled.open()
                throw error
            }
            try await writer.write(Array("last".utf8))
        }

        @Sendable func handle(_ request: Request) async -> Response {
            if request.path == "/slow" { try? await Gate().passed() }
            guard request.path == "/stream" else { return await echo(request) }
            // Found out elsewhere first, as most handlers do.
            await Task.yield()
            return Response(contentType: .text, body: .stream(produce))
        }
    }

    @Test("a stream may be quiet for longer than a handler may take to answer")
    func quiet() async throws {
        let follower = Follower()
        try await withServer(
            { $0.deadlines.handler = .milliseconds(20) }, handler: follower.handle
        ) { fixture in
            let client = try fixture.connect()
            client.send(get("/stream"))
            try await follower.begun.passed()
            // These began later, and come to their end by the same deadline.
            for _ in 0..<4 { #expect(try await fixture.response(to: get("/slow")).status == 503) }
            follower.gate.open()
            #expect(try await client.readResponse().text == "firstlast")
        }
    }

    @Test("a stream whose client resets the connection while it is quiet is cancelled at once")
    func reset() async throws {
        let follower = Follower()
        try await withServer(handler: follower.handle) { fixture in
            let client = try fixture.connect()
            client.send(get("/stream"))
            try await follower.begun.passed()
            client.reset()
            try await follower.wasCancelled.passed()
            await fixture.until { $0.counters.openConnections == 0 && $0.counters.requestsInFlight == 0 }
        }
    }

    @Test("so is one whose client has closed its end in peace, as a browser does, while nothing is sent to it")
    func closed() async throws {
        let follower = Follower()
        try await withServer(handler: follower.handle) { fixture in
            var client: RawConnection? = try fixture.connect()
            client?.send(get("/stream"))
            _ = try await client?.readHead()
            #expect(try await client?.readChunk() == Array("first".utf8))
            try await follower.begun.passed()
            client = nil
            try await follower.wasCancelled.passed()
            await fixture.until { $0.counters.openConnections == 0 && $0.counters.requestsInFlight == 0 }
        }
    }

    @Test("a client that only closes its sending side gets the rest, also of what is quiet meanwhile")
    func halfClosed() async throws {
        let follower = Follower()
        try await withServer(handler: follower.handle) { fixture in
            let client = try fixture.connect()
            client.send(get("/stream"))
            _ = try await client.readHead()
            #expect(try await client.readChunk() == Array("first".utf8))
            client.finishSending()
            await fixture.untilTheClientHasFinished()
            follower.gate.open()
            #expect(try await client.readChunk() == Array("last".utf8))
            #expect(try await client.readChunk() == nil)
            #expect(try await client.isClosedWithoutAnswer())
            #expect(!follower.wasCancelled.isOpen)
        }
    }

    @Test("a client that takes nothing of what the socket still holds for it is given up, though the stream is quiet")
    func vanished() async throws {
        let wasCancelled = Gate()
        try await withServer({ $0.deadlines.write = .milliseconds(100) }) { _ in
            Response(
                body: .stream { writer in
                    // More than the client's side of the connection holds, less than ours does.
                    try await writer.write([UInt8](repeating: 0x61, count: 100_000))
                    do { try await Gate().passed() } catch { wasCancelled.open() }
                })
        } _: { fixture in
            let client = try fixture.connect(receiveBuffer: 2048)
            client.send(get("/"))
            try await wasCancelled.passed()
            await fixture.until { $0.counters.openConnections == 0 && $0.counters.requestsInFlight == 0 }
            _ = try await client.readUntilClosed()
        }
    }

    @Test("streams end in order before the drain, and those that begin later at once; a list is carried to its end")
    func stop() async throws {
        let follower = Follower()
        let list = Follower()
        try await withServer(handler: { request in
            guard request.path == "/list" else { return await follower.handle(request) }
            return Response(contentType: .text, body: .list(list.produce))
        }) { fixture in
            let (stream, other) = (try fixture.connect(), try fixture.connect())
            stream.send(get("/stream"))
            other.send(get("/list"))
            try await follower.begun.passed()
            try await list.begun.passed()
            fixture.server.endStreams()
            let whole = try await stream.readResponse()
            #expect(whole.text == "first")
            #expect(follower.wasCancelled.isOpen)
            let late = try await fixture.response(to: get("/stream"))
            #expect(late.status == 200 && late.text.isEmpty)
            #expect(!list.wasCancelled.isOpen)
            list.gate.open()
            #expect(try await other.readResponse().text == "firstlast")
            await fixture.until { _ in fixture.access.all.count == 3 }
            #expect(fixture.access.all.map(\.ending) == Array(repeating: .complete, count: 3))
        }
    }

    @Test(
        "a stream that waits for its client to read ends as well, and one that never looks up ends with its next piece")
    func stopWhileWriting() async throws {
        let stuck = Mutex(0)
        let isWriting = Gate()
        try await withServer({ $0.limits.outputBytes = 10_000 }) { request in
            Response(
                body: .stream { writer in
                    if request.path == "/stuck" {
                        while true {
                            stuck.withLock { $0 += 1 }
                            try await writer.write([UInt8](repeating: 0x61, count: 1 << 20))
                        }
                    }
                    while true {
                        try await writer.write(Array("x".utf8))
                        isWriting.open()
                        await Task.yield()
                    }
                })
        } _: { fixture in
            let deaf = try fixture.connect(receiveBuffer: 2048)
            deaf.send(get("/stuck"))
            await Patience.until { stuck.withLock { $0 } >= 1 }
            let reader = try fixture.connect()
            reader.send(get("/endless"))
            try await isWriting.passed()
            fixture.server.endStreams()
            await fixture.until { $0.counters.requestsInFlight == 0 }
            #expect(try await reader.readResponse().text.allSatisfy { $0 == "x" })
        }
    }

    @Test("the time for which a stream goes on is in no histogram; how long its head took is")
    func tally() async throws {
        let tally = RequestTally(routes: 1)
        let id = try #require(RequestID(given: "an-id"))
        var record = AccessRecord(
            method: .get, status: .ok, route: 0, isNotable: false, failure: nil, peer: nil, requestID: id, trace: nil,
            nanoseconds: 3_600_000_000_000, bytesSent: 0, ending: .complete, head: .none)
        record.nanosecondsToHead = 5
        tally.count(record)
        #expect(tally.times(route: 0).sum == 5)
    }
}
