import KernelTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("Turns of connections on their event loop")
struct TurnTests {
    @Test("end by requests, by bytes and by time; the more there are, the sooner", arguments: [1, 10, 1000])
    func ends(connections: Int) {
        let turn = Turn()
        turn.begin(after: 100, waiting: connections, crowd: 0)
        let requests = UInt64(max(4, 64 / connections))
        #expect(turn.allows(afterRequest: 100 + requests - 1) && !turn.allows(afterRequest: 100 + requests))
        #expect(turn.bytes == max(8 << 10, (256 << 10) / connections))
        let mayGoOn = turn.allowsStep(afterRequest: 100)
        turn.take(turn.bytes)
        let mayGoOnStill = turn.allowsStep(afterRequest: 100)
        #expect(mayGoOn && !mayGoOnStill)

        turn.begin(after: 0, waiting: connections, crowd: connections)
        let start = ContinuousClock.now
        while turn.allowsStep(afterRequest: 0) {}
        #expect(ContinuousClock.now - start >= .microseconds(100))
    }

    @Test("the line lets everybody go on once before anybody goes on twice")
    func line() throws {
        var line = TurnLine()
        #expect(line.isEmpty)
        let loop = try EventLoop(
            ServerContext(
                ServerConfiguration(), log: Logger("http", sink: RecordingLog()), routes: 0,
                rejection: ServerFixture.errorBody, access: nil, immediate: nil, admission: nil, handler: echo),
            listener: ListeningSocket(anyPort, users: 1), name: "http-0")
        let connections = (0..<200).map { Connection(fd: $0, generation: 1, loop: loop) }
        for connection in connections { line.append(connection) }
        for round in 0..<3 {
            for connection in connections {
                let next = line.popFirst()
                #expect(next === connection, "round \(round)")
                line.append(connection)
            }
        }
        #expect(line.count == 200)
    }

    private var anyPort: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.port = 0
        return configuration
    }

    /// What is cheap to send and takes a while to read, with a request at its end.
    private static let greedy = [
        "large bodies": String(repeating: post("/a", String(repeating: "x", count: 300_000)), count: 4),
        "tiny chunks": "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + String(repeating: "1\r\nx\r\n", count: 200_000) + "0\r\n\r\n",
        "refused bodies": String(
            repeating: "POST /closed HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"
                + String(repeating: "x", count: 60_000), count: 20) + get("/a"),
        "pipelined requests": String(repeating: get("/a"), count: 30_000),
    ]

    @Test("a greedy client does not go first on the only loop", arguments: greedy.keys.sorted())
    func fairness(kind: String) async throws {
        let (entered, blocked) = (Gate(), ThreadGate())
        let served = Mutex<HTTPServer?>(nil)
        let received = Mutex(0)
        try await withServer(
            { $0.threads = 1 },
            handler: { request in
                if request.path == "/block" {
                    entered.open()
                    blocked.wait()
                }
                if request.path == "/modest", let server = served.withLock({ $0 }) {
                    received.withLock { $0 = server.counters.bytesReceived }
                }
                return Response(contentType: .text)
            },
            admission: { $0.path == "/closed" ? .refused(Response(.notFound)) : .admitted($0) }
        ) { fixture in
            served.withLock { $0 = fixture.server }
            defer { served.withLock { $0 = nil } }
            let (blocking, modest) = (try fixture.connect(), try fixture.connect())
            let (prepared, mayBegin, hasBegun) = (Gate(), Gate(), Gate())
            let bytes = Array((Self.greedy[kind] ?? "").utf8)
            let greedy = Task.detached {
                let client = try fixture.connect()
                client.send(get("/before"))
                _ = try await client.readResponse()
                prepared.open()
                try await mayBegin.passed()
                client.send(Array(bytes[..<50_000]))
                hasBegun.open()
                client.send(Array(bytes[50_000...]))
            }
            modest.send(get("/before"))
            _ = try await modest.readResponse()
            try await prepared.passed()
            blocking.send(get("/block"))
            try await entered.passed()
            // The loop finds both at the same time, the greedy one first, which sends on and on.
            mayBegin.open()
            try await hasBegun.passed()
            modest.send(get("/modest"))
            blocked.signal()
            #expect(try await modest.readResponse().status == 200)
            #expect(received.withLock { $0 } < 400_000, "no more than a turn's worth")
            try await greedy.value
        }
    }
}
