import Glibc
import KernelTesting
import Testing

@testable import Kernel

@Suite("HTTP server: start and end")
struct ServerLifecycleTests {
    @Test("a second instance on the same address fails and names address and port")
    func occupied() async throws {
        try await withServer { fixture in
            var configuration = ServerConfiguration()
            configuration.port = fixture.server.port
            let second = server(configuration)
            let issue = #expect(throws: BootIssue.self) { try second.bind() }
            #expect(issue?.what.contains("127.0.0.1:\(fixture.server.port)") == true)
            #expect(issue?.kind == .environment)
            configuration.host = "0.0.0.0"
            #expect(throws: BootIssue.self) { try server(configuration).bind() }
        }
    }

    @Test("an address can be bound again once its server has stopped, clients lingering or not")
    func rebinding() async throws {
        let first = try ServerFixture({ _ in }, echo)
        let client = try first.connect()
        client.send(get("/"))
        _ = try await client.readResponse()
        await first.server.stop()
        try await withServer({ $0.port = first.server.port }) { second in
            let response = try await second.response(to: get("/x"))
            #expect(response.text == "GET /x ")
        }
    }

    @Test("an address that is none of this machine's is refused by name", arguments: ["192.0.2.1", "no such host"])
    func foreignAddress(host: String) {
        var configuration = ServerConfiguration()
        configuration.host = host
        configuration.port = 0
        let issue = #expect(throws: BootIssue.self) { try server(configuration).bind() }
        #expect(issue?.what.contains(host) == true)
    }

    @Test("serves on a listening socket that it was given")
    func inheritedSocket() async throws {
        let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(status == 0)
        try await withServer({ $0.listeningDescriptor = fd }) { fixture in
            #expect(fixture.server.port > 0)
            let response = try await fixture.response(to: get("/x"))
            #expect(response.text == "GET /x ")
        }
    }

    @Test("drains: refuses new connections, closes the idle, answers those in flight with Connection: close")
    func drain() async throws {
        let started = Gate()
        let gate = Gate()
        try await withServer(handler: { request in
            if request.path == "/slow" {
                started.open()
                try? await gate.passed()
            }
            return await echo(request)
        }) { fixture in
            let idle = try fixture.connect()
            idle.send(get("/"))
            _ = try await idle.readResponse()
            let busy = try fixture.connect()
            busy.send(get("/slow"))
            try await started.passed()
            async let drained: Void = fixture.server.drain(within: Patience.limit)
            #expect(try await idle.isClosedWithoutAnswer())
            await fixture.untilItRefuses()
            gate.open()
            let response = try await busy.readResponse()
            #expect(response.text == "GET /slow ")
            #expect(response.closes)
            #expect(try await busy.isClosedWithoutAnswer())
            await drained
            #expect(fixture.server.counters.openConnections == 0)
        }
    }

    @Test("answers requests that stand unread in the sockets when it begins to drain")
    func drainReadsOnceMore() async throws {
        let entered = Gate()
        let blocked = ThreadGate()
        try await withServer(
            { $0.threads = 1 },
            handler: { request in
                if request.path == "/block" {
                    entered.open()
                    blocked.wait()
                }
                return await echo(request)
            }
        ) { fixture in
            let others = try (0..<5).map { _ in try fixture.connect() }
            for other in others {
                other.send(get("/"))
                _ = try await other.readResponse()
            }
            // The only loop is held up, so that it finds the requests and the drain at the same time.
            let blocking = try fixture.connect()
            blocking.send(get("/block"))
            try await entered.passed()
            for other in others { other.send(get("/late")) }
            let unaccepted = try fixture.connect()
            unaccepted.send(get("/unaccepted"))
            async let drained: Void = fixture.server.drain(within: Patience.limit)
            blocked.signal()
            for connection in others + [blocking, unaccepted] {
                let response = try await connection.readResponse()
                #expect(response.status == 200)
                _ = try await connection.isClosedWithoutAnswer()
            }
            await drained
        }
    }

    @Test("ends a drain at its deadline, cancelling what is left")
    func drainDeadline() async throws {
        let started = Gate()
        let wasCancelled = Gate()
        try await withServer(handler: { request in
            started.open()
            try? await Gate().passed()
            wasCancelled.open()
            return await echo(request)
        }) { fixture in
            let connection = try fixture.connect()
            connection.send(get("/"))
            try await started.passed()
            await fixture.server.drain(within: .milliseconds(100))
            #expect(try await connection.isClosedWithoutAnswer())
            try await wasCancelled.passed()
        }
    }

    @Test("a stop ends a drain that is still going on")
    func stopDuringDrain() async throws {
        let started = Gate()
        try await withServer(handler: { request in
            started.open()
            try? await Gate().passed()
            return await echo(request)
        }) { fixture in
            let connection = try fixture.connect()
            connection.send(get("/"))
            try await started.passed()
            async let drained: Void = fixture.server.drain(within: Patience.limit)
            await fixture.server.stop()
            await drained
            #expect(try await connection.isClosedWithoutAnswer())
        }
    }

    @Test("refuses connections beyond the limit with 503, and takes new ones when there is room")
    func connectionLimit() async throws {
        try await withServer({ $0.limits.connections = 4 }) { fixture in
            var connections = try (0..<4).map { _ in try fixture.connect() }
            for connection in connections {
                connection.send(get("/"))
                #expect(try await connection.readResponse().status == 200)
            }
            let start = ContinuousClock.now
            for _ in 0..<20 {
                let refused = try fixture.connect()
                let response = try await refused.readResponse()
                #expect(response.status == 503)
                #expect(response["Retry-After"] == "1")
                #expect(response.closes)
            }
            connections.removeLast()
            await fixture.until { $0.counters.openConnections == 3 }
            #expect(try await fixture.response(to: get("/x")).status == 200)
            // One in ten seconds, and no machine takes so long for one refusal.
            let warnings = fixture.log.entries.count { $0.level == .warning }
            #expect(warnings >= 1 && .seconds(10) * (warnings - 1) <= .now - start)
            #expect(fixture.server.counters.refusedConnections == 20)
        }
    }

    @Test("a loop for which there is no thread fails the start, and frees the address", arguments: 0..<3)
    func noThread(index: Int) async throws {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.threads = 3
        let server = server(configuration)
        try server.bind()
        let issue = #expect(throws: BootIssue.self) {
            try OwnThread.$isRefused.withValue({ $0 == "http-\(index)" }) { try server.start() }
        }
        #expect(issue?.what.contains("'http-\(index)'") == true && issue?.remedy?.contains("ulimit -u") == true)
        let port = server.port
        await server.stop()
        try await withServer({ $0.port = port }) { fixture in
            let response = try await fixture.response(to: get("/x"))
            #expect(response.status == 200)
        }
    }

    @Test("shares a burst of connections among its loops")
    func balance() async throws {
        let names = ThreadSet()
        try await withServer(handler: { request in
            names.insert(UInt(pthread_self()))
            return await echo(request)
        }) { fixture in
            let connections = try (0..<16).map { _ in try fixture.connect() }
            for connection in connections {
                connection.send(get("/"))
                _ = try await connection.readResponse()
            }
            #expect(names.count == 2)
        }
    }

    private func server(_ configuration: ServerConfiguration) -> HTTPServer {
        HTTPServer(
            configuration, log: Logger("http", sink: RecordingLog()), rejection: ServerFixture.errorBody, handler: echo)
    }
}
