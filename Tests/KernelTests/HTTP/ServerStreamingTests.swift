import KernelTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("HTTP server: streamed responses")
struct ServerStreamingTests {
    @Test("sends what the producer writes in chunks, and goes on with the connection")
    func chunks() async throws {
        try await withServer(
            handler: streaming { writer in
                try await writer.write(Array("hello".utf8))
                try await writer.write([])
                await Task.yield()
                try await writer.write(Array(" world".utf8))
            }
        ) { fixture in
            let connection = try fixture.connect()
            connection.send(get("/1") + get("/2"))
            for _ in 1...2 {
                let response = try await connection.readResponse()
                #expect(response["Transfer-Encoding"] == "chunked")
                #expect(response["Content-Length"] == nil)
                #expect(response.text == "hello world")
            }
            #expect(fixture.access.all.map(\.ending) == [.complete, .complete])
        }
    }

    @Test("sends what is written before the producer waits for something else")
    func promptness() async throws {
        let gate = Gate()
        try await withServer(
            handler: streaming { writer in
                try await writer.write(Array("first".utf8))
                try await gate.passed()
                try await writer.write(Array("second".utf8))
            }
        ) { fixture in
            let connection = try fixture.connect()
            connection.send(get("/"))
            var received = ""
            while !received.hasSuffix("first\r\n") {
                received += String(decoding: try await connection.read(count: 1), as: UTF8.self)
            }
            gate.open()
            let rest = try await connection.read(count: 16)
            #expect(String(decoding: rest, as: UTF8.self) == "6\r\nsecond\r\n0\r\n\r\n")
        }
    }

    @Test("suspends the producer while the client does not read, in bounded memory")
    func backPressure() async throws {
        let written = Mutex(0)
        let total = 64 << 20
        try await withServer(
            { $0.limits.outputBytes = 100_000 },
            handler: streaming { writer in
                let piece = [UInt8](repeating: 0x61, count: 10_000)
                while written.withLock({ $0 }) < total {
                    try await writer.write(piece)
                    written.withLock { $0 += piece.count }
                }
            }
        ) { fixture in
            let connection = try fixture.connect(receiveBuffer: 4096)
            connection.send(get("/"))
            // The producer stands still once the socket buffers and the limit are full: ask through another
            // connection, on the other loop or the same, until nothing is written between two answers.
            var before = -1
            var now = 0
            while now == 0 || now != before {
                before = now
                for _ in 0..<20 { _ = try await fixture.response(to: "BREW / HTTP/1.1\r\nHost: a\r\n\r\n") }
                now = written.withLock { $0 }
            }
            let memory = now - fixture.server.counters.bytesSent
            #expect(memory < 200_000)
            #expect(now < total / 2)
            #expect(try await connection.readResponse().body.count >= total)
        }
    }

    @Test("breaks the connection off without the last chunk when the producer fails, and tells that once")
    func failingProducer() async throws {
        struct Failure: Error {}
        try await withServer(
            handler: streaming { writer in
                try await writer.write(Array("half".utf8))
                throw Failure()
            }
        ) { fixture in
            let connection = try fixture.connect()
            connection.send(get("/", "X-Request-ID: broken"))
            let text = String(decoding: try await connection.readUntilClosed(), as: UTF8.self)
            #expect(text.hasSuffix("\r\n\r\n4\r\nhalf\r\n"))
            #expect(fixture.access.all.count == 1)
            let record = try #require(fixture.access.all.first)
            #expect("\(record.requestID)" == "broken" && record.status == .ok)
            guard case .brokenOff(let reason) = record.ending else {
                Issue.record("\(record.ending)")
                return
            }
            #expect(reason.hasPrefix("its producer failed: "))
            #expect(!fixture.log.entries.contains { $0.level == .error })
        }
    }

    @Test("throws CancellationError at a producer whose client has gone, waiting or writing")
    func clientGone() async throws {
        let started = Gate()
        let wasCancelled = Gate()
        try await withServer(
            handler: streaming { writer in
                do {
                    while true {
                        try await writer.write([UInt8](repeating: 0x61, count: 10_000))
                        started.open()
                    }
                } catch is CancellationError {
                    wasCancelled.open()
                    throw CancellationError()
                }
            }
        ) { fixture in
            let connection = try fixture.connect(receiveBuffer: 4096)
            connection.send(get("/"))
            try await started.passed()
            connection.reset()
            try await wasCancelled.passed()
            await fixture.until { $0.counters.openConnections == 0 && $0.counters.requestsInFlight == 0 }
            #expect(!fixture.log.entries.contains { $0.level == .error })
        }
    }

    @Test("closes at the write deadline on a client that stops reading, and ends the producer")
    func stuckClient() async throws {
        let wasCancelled = Gate()
        try await withServer(
            { $0.deadlines.write = .milliseconds(150) },
            handler: streaming { writer in
                do {
                    while true { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
                } catch is CancellationError {
                    wasCancelled.open()
                    throw CancellationError()
                }
            }
        ) { fixture in
            let connection = try fixture.connect(receiveBuffer: 4096)
            connection.send(get("/"))
            try await wasCancelled.passed()
            await fixture.until { $0.counters.openConnections == 0 && $0.counters.requestsInFlight == 0 }
            _ = try await connection.readUntilClosed()
        }
    }

    @Test("closes on the producer of a list that writes nothing for longer than its deadline")
    func stuckProducer() async throws {
        try await withServer(
            { $0.deadlines.handler = .milliseconds(150) },
            handler: listing { writer in
                try await writer.write(Array("x".utf8))
                try await Gate().passed()
            }
        ) { fixture in
            let connection = try fixture.connect()
            connection.send(get("/"))
            #expect(String(decoding: try await connection.readUntilClosed(), as: UTF8.self).hasSuffix("1\r\nx\r\n"))
            await fixture.until { $0.counters.requestsInFlight == 0 }
        }
    }

    @Test("sends no chunks to HTTP/1.0 but closes at the end")
    func http10() async throws {
        try await withServer(handler: streaming { try await $0.write(Array("hello".utf8)) }) { fixture in
            let connection = try fixture.connect()
            connection.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let response = try await connection.readResponse()
            #expect(response["Transfer-Encoding"] == nil)
            #expect(response.closes)
            #expect(response.text == "hello")
        }
    }

    @Test("answers HEAD with the headers and does not run the producer")
    func head() async throws {
        let ran = Mutex(false)
        try await withServer(handler: streaming { _ in ran.withLock { $0 = true } }) { fixture in
            let connection = try fixture.connect()
            connection.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 1...2 {
                #expect(try await connection.readResponse(toHead: true)["Transfer-Encoding"] == "chunked")
            }
            #expect(!ran.withLock { $0 })
        }
    }

    @Test("lets other connections have their turn while a fast client reads an endless body")
    func fairness() async throws {
        let isOver = Gate()
        try await withServer({ $0.threads = 1 }) { request in
            guard request.path == "/endless" else { return await echo(request) }
            return Response(
                body: .stream { writer in
                    while !isOver.isOpen { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
                })
        } _: { fixture in
            let reader = try fixture.connect()
            reader.send(get("/endless"))
            let other = try fixture.connect()
            for _ in 0..<20 {
                _ = try await reader.read(count: 1 << 20)
                other.send(get("/x"))
                #expect(try await other.readResponse().status == 200)
            }
            isOver.open()
        }
    }

    private func streaming(
        _ produce: @escaping @Sendable (any BodyWriter) async throws -> Void
    ) -> @Sendable (Request) async -> Response {
        { _ in Response(contentType: .text, body: .stream(produce)) }
    }

    private func listing(
        _ produce: @escaping @Sendable (any BodyWriter) async throws -> Void
    ) -> @Sendable (Request) async -> Response {
        { _ in Response(contentType: .text, body: .list(produce)) }
    }
}
