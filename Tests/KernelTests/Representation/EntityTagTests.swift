import KernelTesting
import Testing

@testable import Kernel

@Suite("Entity tags")
struct EntityTagTests {
    @Test("are the same in every process, and on every machine")
    func stable() {
        #expect(EntityTag(of: Array("".utf8)).description == EntityTag(of: "").description)
        let text = Array("The quick brown fox jumps over the lazy dog".utf8)
        #expect(EntityTag(of: text).description == "\"78284d34a93b261f\"")
    }

    @Test("differ with every bit, and with what is missing at the end")
    func sensitive() {
        for count in 0...70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            var tags: Set<EntityTag> = [EntityTag(of: bytes)]
            for bit in 0..<count * 8 {
                var changed = bytes
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                tags.insert(EntityTag(of: changed))
            }
            tags.insert(EntityTag(of: bytes + [0]))
            #expect(tags.count == count * 8 + 2)
        }
    }

    @Test("differ with every two bits, which must not make up for each other")
    func pairs() {
        let text = Array("2026-11-24T07:00:00.000000Z, 2026-11-24T07:00:00.000000Z, 000000000000".utf8)
        var tags: Set<EntityTag> = []
        for first in 0..<text.count * 8 {
            for second in 0..<first {
                var changed = text
                changed[first / 8] ^= 1 << UInt8(first % 8)
                changed[second / 8] ^= 1 << UInt8(second % 8)
                tags.insert(EntityTag(of: changed))
            }
        }
        #expect(tags.count == text.count * 8 * (text.count * 8 - 1) / 2)
    }

    @Test(
        "are found in lists as RFC 9110 has them",
        arguments: [
            (["T"], true, true), (["\"a\", T"], true, true), (["\"a,b\" ,,T,\"c\""], true, true),
            (["W/T"], true, false),
            (["*"], true, true), (["\"a\""], false, false), (["\"a\"", "T"], true, true), ([""], false, false),
            (["0123"], false, false), (["w/T"], false, false), (["\"T"], false, false),
        ])
    func lists(values: [String], isIncluded: Bool, isNamed: Bool) {
        let tag = EntityTag(of: [1, 2, 3])
        let list = EntityTagList(values.map { $0.replacing("T", with: tag.description) })
        #expect(list.includes(tag) == isIncluded)
        #expect(list.names(tag) == isNamed)
    }
}

private func service(
    _ transport: TestClient.Transport = .liveSocket, _ body: (TestClient) async throws -> Void
) async throws {
    let text = Operation("Shows a text", access: .anyone, reply: .json(.any()))
    try await withService(transport) { kernel in
        kernel.route(.get, "/small", text) { _ in
            Response(headers: Headers([("Link", "<x>"), ("Vary", "Accept"), ("X-Own", "1")]), body: .fixed("[1]"))
        }
        kernel.route(.get, "/wrong", text) { _ in throw HTTPError(.conflict, code: "no", message: "No") }
        kernel.route(.get, "/stream", text) { _ in
            Response(body: .list { writer in try await writer.write(Array("[2]".utf8)) })
        }
        kernel.route(.get, "/text", Operation("Says hello", access: .anyone)) { _ in
            Response(contentType: .text, body: .fixed("hello"))
        }
        kernel.route(Route(.get, "/at-hand", text, immediate: { _ in Response(body: .fixed("[3]")) }))
    } _: { client in
        try await body(client)
    }
}

@Suite("Conditional requests")
struct ConditionalRequestTests {
    @Test("are answered with 304 and no body where nothing has changed", arguments: TestClient.Transport.allCases)
    func notModified(transport: TestClient.Transport) async throws {
        try await service(transport) { client in
            for path in ["/small", "/at-hand", "/openapi.json", "/docs", "/version"] {
                let first = try await client.get(path)
                let tag = try #require(first.headers["ETag"])
                #expect(first.status == 200)
                for value in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                    for method in [Method.get, .head] {
                        let again = try await client.send(method, path, headers: ["If-None-Match": value])
                        #expect(again.status == 304 && again.bytes.isEmpty)
                        #expect(again.headers["ETag"] == tag)
                        #expect(again.headers.values(of: "Vary") == first.headers.values(of: "Vary"))
                        for name in ["Link", "X-Own", "Content-Type", "Content-Length", "Content-Security-Policy"] {
                            #expect(again.headers[name] == nil, "\(name)")
                        }
                    }
                }
                let other = try await client.get(path, headers: ["If-None-Match": "\"x\""])
                #expect(other.status == 200 && other.bytes == first.bytes)
            }
        }
    }

    @Test("that expect another state are refused with 412")
    func preconditionFailed() async throws {
        try await service { client in
            let tag = try #require(try await client.get("/small").headers["ETag"])
            for (value, status) in [(tag, 200), ("*", 200), ("\"x\"", 412), ("W/\(tag)", 412), ("", 412)] {
                let reply = try await client.get("/small", headers: ["If-Match": value])
                #expect(reply.status == status, "\(value)")
            }
        }
    }

    @Test("are nothing to errors, streams and texts, which have no tag")
    func untagged() async throws {
        try await service { client in
            for path in ["/wrong", "/stream", "/text", "/health/alive", "/metrics", "/nowhere"] {
                let reply = try await client.get(path, headers: ["If-None-Match": "*", "If-Match": "\"x\""])
                #expect(reply.headers["ETag"] == nil && reply.status != 304 && reply.status != 412, "\(path)")
            }
        }
    }

    @Test(
        "HEAD has the headers of GET", arguments: ["/small", "/at-hand", "/text", "/openapi.json", "/docs", "/wrong"])
    func head(path: String) async throws {
        try await service { client in
            for coding in ["identity", "gzip", "zstd"] {
                let headers = ["Accept-Encoding": coding, "X-Request-ID": "one"]
                let get = try await client.get(path, headers: headers)
                let head = try await client.send(.head, path, headers: headers)
                #expect(head.status == get.status && head.bytes.isEmpty)
                #expect(head.headers["Content-Length"] == "\(get.bytes.count)")
                let fields = { (reply: TestResponse) in
                    reply.headers.fields.filter { $0.name != "Date" && $0.name != "Connection" }
                }
                #expect(fields(head) == fields(get))
            }
        }
    }
}
