import KernelTesting
import Testing

@testable import Kernel

/// A list that pays: of `count` objects.
private func list(_ count: Int) -> [UInt8] {
    Array(("[" + (0..<count).map { #"{"name":"DATASET_\#($0)","status":"queued"}"# }.joined(separator: ",") + "]").utf8)
}

private func service(
    _ transport: TestClient.Transport = .liveSocket, _ body: (TestClient) async throws -> Void
) async throws {
    let open = Operation("Lists", access: .anyone, reply: .json(.any()))
    try await withService(transport) { kernel in
        kernel.route(.get, "/list/{count}", open) { request in
            Response(body: .bytes(list(Int(request.parameters["count"] ?? "") ?? 0)))
        }
        kernel.route(.get, "/long", open) { _ in
            Response(body: .list { writer in for _ in 0..<200 { try await writer.write(list(500)) } })
        }
        kernel.route(.get, "/broken", open) { _ in
            Response(
                body: .list { writer in
                    try await writer.write(list(5000))
                    throw HTTPError(.conflict, code: "no", message: "No")
                })
        }
        kernel.route(.get, "/secret", Operation("Lists", access: [.viewer], reply: .json(.any()))) { _ in
            Response(body: .bytes(list(100)))
        }
        kernel.route(.get, "/wrong", open) { _ in
            throw HTTPError(.conflict, code: "no", message: String(repeating: "No. ", count: 1000))
        }
        kernel.route(.post, "/list", Operation("Lists", access: .anyone, reply: .json(.any()))) { _ in
            Response(body: .bytes(list(100)))
        }
    } _: { client in
        try await body(client)
    }
}

@Suite("Content codings")
struct ContentCodingTests {
    @Test(
        "are chosen by what the client likes best",
        arguments: [
            ("gzip", ContentCoding.gzip), ("gzip, deflate, br, zstd", .zstd), ("zstd;q=0.5, gzip", .gzip),
            ("GZIP", .gzip),
            ("x-gzip", .gzip), ("*", .zstd), ("*;q=0", .identity), ("gzip;q=0, *", .zstd), ("", .identity),
            ("br, deflate", .identity), ("gzip;q=0", .identity), ("identity, gzip;q=0.5", .identity),
            ("gzip ; q=0.001", .gzip), ("gzip;q=1.5", .identity), ("gzip;q=x", .identity), ("identity;q=0", .identity),
            ("gzip;q=0.4, zstd;q=0.4", .zstd), (",, gzip", .gzip),
        ])
    func preference(value: String, coding: ContentCoding) {
        #expect(ContentCoding.preferred(by: [value]) == coding)
    }

    @Test("of whole bodies give the same bytes back", arguments: ["gzip", "zstd"], TestClient.Transport.allCases)
    func whole(coding: String, transport: TestClient.Transport) async throws {
        try await service(transport) { client in
            for count in [30, 100, 2000, 20_000] {
                let plain = try await client.get("/list/\(count)")
                let reply = try await client.get("/list/\(count)", headers: ["Accept-Encoding": coding])
                #expect(reply.headers["Content-Encoding"] == coding)
                #expect(reply.bytes.count < plain.bytes.count / 2)
                #expect(try decoded(reply.bytes, coding) == plain.bytes)
                #expect(plain.bytes == list(count))
                #expect(plain.headers["Vary"] == "Accept-Encoding" && reply.headers["Vary"] == "Accept-Encoding")
                let tag = try #require(reply.headers["ETag"])
                #expect(tag != plain.headers["ETag"])
                let again = try await client.get(
                    "/list/\(count)", headers: ["Accept-Encoding": coding, "If-None-Match": tag])
                #expect(again.status == 304 && again.headers["Vary"] == "Accept-Encoding")
                let other = try await client.get("/list/\(count)", headers: ["If-None-Match": tag])
                #expect(other.status == 200)
            }
        }
    }

    @Test("of streams give the same bytes back", arguments: ["gzip", "zstd"], TestClient.Transport.allCases)
    func streamed(coding: String, transport: TestClient.Transport) async throws {
        try await service(transport) { client in
            let plain = try await client.get("/long")
            let reply = try await client.get("/long", headers: ["Accept-Encoding": coding])
            #expect(reply.headers["Content-Encoding"] == coding && reply.headers["Vary"] == "Accept-Encoding")
            #expect(reply.headers["ETag"] == nil && reply.headers["Content-Length"] == nil)
            #expect(reply.bytes.count < plain.bytes.count / 5)
            #expect(try decoded(reply.bytes, coding) == plain.bytes)
        }
    }

    @Test("are limited in number, and those beyond get their lists as they are")
    func seats() async throws {
        // However many were turned away before. Other tests of this process may take some as well.
        let streams = (0..<200).map { _ in ContentCoding.gzip.coded(StreamedBody(.finite) { _ in }) }
        #expect((1...16).contains(streams.count { $0 != nil }))
    }

    @Test("of a stream that breaks off do not look whole")
    func broken() async throws {
        try await service { client in
            let connection = try RawConnection(port: client.port)
            connection.send(Array("GET /broken HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n".utf8))
            await #expect(throws: (any Error).self) { try await connection.readResponse(toHead: false) }
        }
    }

    @Test("are for lists alone that everybody may read, and that are long enough")
    func uncoded() async throws {
        try await service(.inProcess) { client in
            let headers = ["Accept-Encoding": "gzip, zstd"]
            for path in ["/list/5", "/secret", "/wrong", "/health/alive", "/metrics", "/nowhere"] {
                let reply = try await client.get(path, headers: headers)
                #expect(reply.headers["Content-Encoding"] == nil && reply.headers["Vary"] == nil, "\(path)")
            }
            let reply = try await client.send(.post, "/list", headers: headers)
            #expect(reply.status == 200 && reply.headers["Content-Encoding"] == nil)
        }
    }

    @Test("of the description are kept", arguments: ["/openapi.json", "/docs"])
    func description(path: String) async throws {
        try await service { client in
            let plain = try await client.get(path)
            for _ in 0..<2 {
                for coding in ["gzip", "zstd"] {
                    let reply = try await client.get(path, headers: ["Accept-Encoding": coding])
                    #expect(reply.headers["Content-Encoding"] == coding)
                    #expect(try decoded(reply.bytes, coding) == plain.bytes)
                }
            }
        }
    }
}
