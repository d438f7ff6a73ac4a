import Kernel
import KernelTesting
import Testing

@Suite("HTTP server: requests and responses")
struct ServerProtocolTests {
    @Test("answers a request with the headers that are its own business")
    func plain() async throws {
        try await withServer { fixture in
            let response = try await fixture.response(to: get("/a?b=c&b=d"))
            #expect(response.status == 200)
            #expect(response.text == "GET /a b=c b=d ")
            #expect(response["Content-Type"] == "text/plain; charset=utf-8")
            #expect(response["Date"]?.hasSuffix(" GMT") == true)
            #expect(response["X-Request-ID"]?.hasPrefix("job-service-") == true)
            #expect(response["Connection"] == nil)
        }
    }

    @Test("answers pipelined requests of every framing in order")
    func pipelining() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            connection.send(
                get("/1") + post("/2", "two")
                    + "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nthr\r\n2\r\nee\r\n0\r\nT: v\r\n\r\n"
                    + "\r\n" + get("/4"))
            for expected in ["GET /1 ", "POST /2 two", "POST /3 three", "GET /4 "] {
                #expect(try await connection.readResponse().text == expected)
            }
        }
    }

    @Test("keeps the order of pipelined requests whose handlers suspend")
    func suspendedPipelining() async throws {
        try await withServer(handler: { request in
            if request.path.hasSuffix("0") { await Task.yield() }
            return await echo(request)
        }) { fixture in
            let connection = try fixture.connect()
            connection.send((0..<200).map { get("/\($0)") }.joined())
            for index in 0..<200 { #expect(try await connection.readResponse().text == "GET /\(index) ") }
        }
    }

    @Test("understands a request that arrives byte by byte")
    func dripping() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            for byte in post("/x", "hello", "X-Request-ID: drip").utf8 { connection.send([byte]) }
            let response = try await connection.readResponse()
            #expect(response.text == "POST /x hello")
            #expect(response["X-Request-ID"] == "drip")
        }
    }

    @Test(
        "refuses with the error body and the request's id, closes, and parses nothing after it",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\nHost: a\n\n", 400),
            ("\u{16}\u{3}\u{1}\u{2}", 400),
            ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /?x=%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET /next HTTP/1.1\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4194305\r\n\r\n", 413),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400001\r\n", 413),
            ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("PUT / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 17_000))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("CONNECT a:65536 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("CONNECT [::1] HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (String(repeating: "\r\n", count: 10_000), 431),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        ])
    func refusals(text: String, status: Int) async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            connection.send(get("/before") + text + get("/after"))
            #expect(try await connection.readResponse().text == "GET /before ")
            let response = try await connection.readResponse()
            #expect(response.status == status)
            #expect(response.closes)
            let body = try JSON(parsing: response.body)
            #expect(body["requestId"]?.string == response["X-Request-ID"])
            #expect(body["code"]?.string?.hasPrefix("request.") == true)
            #expect(try await connection.isClosedWithoutAnswer())
            #expect(fixture.access.all.count == 2)
        }
    }

    @Test("lets a client read its refusal although it is still sending")
    func lingering() async throws {
        try await withServer({ $0.limits.bodyBytes = 1000 }) { fixture in
            let connection = try fixture.connect()
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
            connection.send([UInt8](repeating: 0x61, count: 2_000_000))
            #expect(try await connection.readResponse().status == 413)
        }
    }

    @Test("refuses chunk extensions and trailers out of proportion")
    func framingOverhead() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            let chunk = "1;" + String(repeating: "x", count: 1000) + "\r\na\r\n"
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.send(String(repeating: chunk, count: 1000))
            #expect(try await connection.readResponse().status == 413)
        }
    }

    @Test("takes the id of a client that is well formed, and replaces others")
    func requestIDs() async throws {
        try await withServer { fixture in
            #expect(try await fixture.response(to: get("/", "X-Request-ID: a.B:9_-"))["X-Request-ID"] == "a.B:9_-")
            #expect(try await fixture.response(to: get("/", "x-request-id: lower"))["X-Request-ID"] == "lower")
            let long = String(repeating: "x", count: 128)
            #expect(try await fixture.response(to: get("/", "X-Request-ID: \(long)"))["X-Request-ID"] == long)
            let replaced = [
                ["X-Request-ID: \(long)x"], ["X-Request-ID: a b"], ["X-Request-ID:"], ["X-Request-ID: é"],
                ["X-Request-ID: a", "X-Request-ID: b"],
            ]
            for fields in replaced {
                let text = "GET / HTTP/1.1\r\nHost: a\r\n" + fields.joined(separator: "\r\n") + "\r\n\r\n"
                #expect(try await fixture.response(to: text)["X-Request-ID"]?.hasPrefix("job-service-") == true)
            }
            let refused = try await fixture.response(to: "BREW / HTTP/1.1\r\nHost: a\r\nX-Request-ID: tea\r\n\r\n")
            #expect(refused["X-Request-ID"] == "tea")
            var ids: [String?] = []
            for _ in 0..<300 { ids.append(try await fixture.response(to: get("/"))["X-Request-ID"]) }
            #expect(Set(ids).count == 300)
        }
    }

    @Test("lets no response header open a line of its own, nor touch the framing")
    func injection() async throws {
        try await withServer(handler: { _ in
            var headers = Headers([("X-First", "a\r\nX-Evil: 1"), ("Bad Name", "x"), ("Content-Length", "999")])
            headers.add("X-Second", "b\nX-Evil: 2\0")
            headers.add("transfer-encoding", "chunked")
            return Response(headers: headers, body: .fixed("{}"))
        }) { fixture in
            let response = try await fixture.response(to: get("/"))
            #expect(response["X-Evil"] == nil)
            #expect(response["X-First"] == "a  X-Evil: 1")
            #expect(response.headers.values(of: "Content-Length") == ["2"])
            #expect(response["Transfer-Encoding"] == nil)
            #expect(response["Bad Name"] == nil)
        }
    }

    @Test("answers HEAD with the headers and length of GET and no body")
    func head() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            connection.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" + get("/y"))
            let head = try await connection.readResponse(toHead: true)
            #expect(head["Content-Length"] == "8")
            #expect(try await connection.readResponse().text == "GET /y ")
        }
    }

    @Test("keeps an HTTP/1.0 connection only when asked")
    func http10() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            connection.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await connection.readResponse()["Connection"] == "keep-alive")
            connection.send("GET /2 HTTP/1.0\r\n\r\n")
            #expect(try await connection.readResponse().closes)
            #expect(try await connection.isClosedWithoutAnswer())
        }
    }

    @Test("closes after the answer when the client asks for it")
    func connectionClose() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            connection.send(get("/1", "Connection: close") + get("/2"))
            #expect(try await connection.readResponse().closes)
            #expect(try await connection.isClosedWithoutAnswer())
        }
    }

    @Test("answers a client that closes its sending side with its request")
    func halfClose() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            connection.send(get("/1") + get("/2"))
            connection.finishSending()
            #expect(try await connection.readResponse().text == "GET /1 ")
            #expect(try await connection.readResponse().text == "GET /2 ")
            #expect(try await connection.isClosedWithoutAnswer())
        }
    }

    @Test("tells a client that waits to send its body, or refuses the body at once")
    func expectContinue() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            connection.send("PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try await connection.readResponse().status == 100)
            connection.send("ok")
            #expect(try await connection.readResponse().text == "PUT /x ok")
            connection.send("PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
            #expect(try await connection.readResponse().status == 413)
        }
    }

    @Test("understands the absolute form and OPTIONS *")
    func targets() async throws {
        try await withServer { fixture in
            let absolute = try await fixture.response(to: get("http://a:1/x?y=1"))
            #expect(absolute.text == "GET /x y=1 ")
            let asterisk = try await fixture.response(to: "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(asterisk.text == "OPTIONS * ")
        }
    }

    @Test("refuses bodies for which, all together, there is no room, and takes new ones once there is")
    func allBodies() async throws {
        try await withServer({ $0.limits.allBodiesBytes = 100_000 }) { fixture in
            let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\nExpect: 100-continue\r\n\r\n"
            let half = String(repeating: "x", count: 60_000)
            let first = try fixture.connect()
            first.send(head)
            #expect(try await first.readResponse().status == 100)
            first.send(half)
            await fixture.until { $0.counters.bytesReceived >= half.utf8.count }
            let second = try fixture.connect()
            second.send(head + half)
            let refused = try await second.readResponse()
            #expect(refused.status == 503)
            #expect(refused["Retry-After"] == "1")
            first.send(String(repeating: "x", count: 20_000))
            #expect(try await first.readResponse().status == 200)
            second.reset()
            let third = try fixture.connect()
            third.send(head.replacing("Expect: 100-continue", with: "X: y") + half + half.prefix(20_000))
            #expect(try await third.readResponse().status == 200)
        }
    }

    @Test("carries bodies up to the limit, in and out")
    func largeBodies() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            let body = String(repeating: "0123456789abcdef", count: (4 << 20) / 16)
            for _ in 0..<2 {
                connection.send(post("/x", body))
                let response = try await connection.readResponse()
                #expect(response.body.count == body.utf8.count + 8)
            }
        }
    }

    @Test("tells the access hook of every response once, as it was")
    func access() async throws {
        try await withServer { fixture in
            let connection = try fixture.connect()
            connection.send(get("/a%20b?c=d", "X-Request-ID: one") + "BREW /tea HTTP/1.1\r\nHost: a\r\n\r\n")
            let first = try await connection.readResponse()
            _ = try await connection.readResponse()
            #expect(try await connection.isClosedWithoutAnswer())
            let records = fixture.access.all
            try #require(records.count == 2)
            #expect(records[0].method == .get)
            #expect(records[0].target == "/a%20b?c=d")
            #expect(records[0].status == .ok)
            #expect("\(records[0].requestID)" == "one")
            #expect(records[0].bytesSent > first.body.count)
            #expect(records[1].target == "/tea")
            #expect(records[1].status == .notImplemented)
        }
    }
}
