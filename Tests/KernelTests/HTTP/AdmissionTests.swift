import Kernel
import KernelTesting
import Testing

@Suite("HTTP server: requests that are refused before their body is read")
struct AdmissionTests {
    /// Admits what is not under /closed.
    @Sendable private static func admit(_ request: Request) async -> Admission {
        request.path.hasPrefix("/closed") ? .refused(Response(.forbidden, contentType: .text)) : .admitted(request)
    }

    private func head(_ path: String, _ fields: String...) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    @Test(
        "the answer comes without the body, and the connection ends",
        arguments: ["Content-Length: 100000", "Content-Length: 9999999", "Transfer-Encoding: chunked"])
    func unread(framing: String) async throws {
        try await withServer(handler: echo, admission: Self.admit) { fixture in
            let client = try fixture.connect()
            client.send(head("/closed", framing))
            let response = try await client.readResponse()
            #expect(response.status == 403 && response.closes)
            client.finishSending()
            #expect(try await client.isClosedWithoutAnswer())
            #expect(fixture.access.all.map(\.status) == [.forbidden])
        }
    }

    @Test("a client that is still sending can read its answer")
    func stillSending() async throws {
        try await withServer(handler: echo, admission: Self.admit) { fixture in
            let client = try fixture.connect()
            client.send(head("/closed", "Content-Length: 20000000"))
            client.send([UInt8](repeating: 0x61, count: 20_000_000))
            #expect(try await client.readResponse().status == 403)
        }
    }

    @Test("a short body is read over, and the connection stays")
    func short() async throws {
        try await withServer(handler: echo, admission: Self.admit) { fixture in
            let client = try fixture.connect()
            client.send(head("/closed", "Content-Length: 5000"))
            let response = try await client.readResponse()
            #expect(response.status == 403 && !response.closes)
            client.send(String(repeating: "x", count: 5000) + get("/next"))
            #expect(try await client.readResponse().text == "GET /next ")
        }
    }

    @Test("a client that asks before it sends is not told to go on, unless it is admitted")
    func expectation() async throws {
        try await withServer(handler: echo, admission: Self.admit) { fixture in
            let refused = try fixture.connect()
            refused.send(head("/closed", "Content-Length: 5", "Expect: 100-continue"))
            let response = try await refused.readResponse()
            #expect(response.status == 403 && response.closes)
            let admitted = try fixture.connect()
            admitted.send(head("/open", "Content-Length: 5", "Expect: 100-continue"))
            #expect(try await admitted.readResponse().status == 100)
            admitted.send("hello")
            #expect(try await admitted.readResponse().text == "POST /open hello")
        }
    }

    @Test("what was found out of an admitted request is there when it is answered, however long that took")
    func late() async throws {
        let (asked, gate) = (Gate(), Gate())
        try await withServer(
            handler: { request in
                Response(contentType: .text, body: .bytes(Array((request.user?.id ?? "nobody").utf8) + request.body))
            },
            admission: { request in
                asked.open()
                try? await gate.passed()
                var request = request
                request.principal = .anybody
                return .admitted(request)
            }
        ) { fixture in
            let client = try fixture.connect()
            client.send(head("/", "Content-Length: 5") + "he")
            try await asked.passed()
            #expect(fixture.server.counters.requestsInFlight == 1)
            gate.open()
            client.send("llo" + head("/", "Content-Length: 1") + "!")
            #expect(try await client.readResponse().text == "\(User.test.id)hello")
            // The body that came with its head has been read already.
            #expect(try await client.readResponse().text == "nobody!")
        }
    }

    @Test("that a body is too large is told to those who may send one, and to nobody else")
    func order() async throws {
        try await withServer({ $0.limits.bodyBytes = 10 }, handler: echo, admission: Self.admit) { fixture in
            let refused = try await fixture.response(to: head("/closed", "Content-Length: 11"))
            #expect(refused.status == 403)
            let announced = try await fixture.response(to: head("/open", "Content-Length: 11"))
            #expect(announced.status == 413)
            let sent = try await fixture.response(to: post("/open", "12345678901"))
            #expect(sent.status == 413)
        }
    }

    @Test("admission that takes too long is given up")
    func deadline() async throws {
        try await withServer(
            { $0.deadlines.handler = .milliseconds(50) }, handler: echo,
            admission: { request in
                try? await Gate().passed()
                return .admitted(request)
            }
        ) { fixture in
            let client = try fixture.connect()
            client.send(head("/", "Content-Length: 5"))
            #expect(try await client.readResponse().status == 503)
            await fixture.until { $0.counters.requestsInFlight == 0 }
        }
    }

    @Test("a client that goes away meanwhile is told as gone")
    func gone() async throws {
        let (asked, wasCancelled) = (Gate(), Gate())
        try await withServer(
            handler: echo,
            admission: { request in
                asked.open()
                do { try await Gate().passed() } catch { wasCancelled.open() }
                return .admitted(request)
            }
        ) { fixture in
            let client = try fixture.connect()
            client.send(head("/", "Content-Length: 5"))
            try await asked.passed()
            client.reset()
            try await wasCancelled.passed()
            await fixture.until { $0.counters.requestsInFlight == 0 }
            #expect(fixture.access.all.map(\.ending) == [.clientGone])
        }
    }
}
