import KernelTesting
import Testing

@testable import Kernel

@Suite("What a handler may answer")
struct ResponseVocabularyTests {
    @Test("any final status, and none that is not", arguments: TestClient.Transport.allCases)
    func statuses(transport: TestClient.Transport) async throws {
        try await withService(transport) { kernel in
            kernel.route(.get, "/status/{code}", Operation("Answers", access: .anyone)) { request in
                let code = request.parameters["code"].flatMap { UInt16($0) }.flatMap { Status(rawValue: $0) }
                return Response(code ?? .badRequest, contentType: "application/x-test", body: .fixed("body"))
            }
        } _: { client in
            for code in [200, 201, 204, 205, 299, 304, 404, 451, 500, 599] {
                let response = try await client.get("/status/\(code)")
                #expect(response.status == code)
                guard transport == .liveSocket else { continue }
                let isEmpty = [204, 205, 304].contains(code)
                #expect(response.text == (isEmpty ? "" : "body"))
                #expect(response.headers["Content-Type"] == (isEmpty ? nil : "application/x-test"))
                #expect(response.headers["Content-Length"] == (isEmpty ? code == 205 ? "0" : nil : "4"))
            }
            for code in [0, 100, 199, 600, 999] {
                #expect(try await client.get("/status/\(code)").status == 400)
            }
        }
    }

    @Test("every named status has its line")
    func lines() {
        let named: [Status] = [.ok, .created, .noContent, .seeOther, .conflict, .tooManyRequests, .insufficientStorage]
        for status in named { #expect(status.line?.description.hasPrefix("\(status.code) ") == true) }
        #expect(Status(rawValue: 299)?.line == nil)
    }

    @Test(
        "a header that does not go out as it was made is told of at ERROR, with its name and without its value",
        arguments: TestClient.Transport.allCases)
    func headers(transport: TestClient.Transport) async throws {
        let log = LogRecorder()
        try await withService(transport, log: log) { kernel in
            kernel.route(.get, "/owned", Operation("Answers", access: .anyone)) { _ in
                Response(headers: Headers([("content-length", "999"), ("Bad Name", "x"), ("X-Good", "y")]))
            }
            kernel.route(.get, "/broken", Operation("Answers", access: .anyone)) { _ in
                Response(headers: Headers([("X-Broken", "secret\r\nX-Evil: 1")]))
            }
            kernel.route(
                Route(.get, "/immediate", Operation("Answers", access: .anyone)) { _ in
                    Response(headers: Headers([("Date", "today")]))
                })
            kernel.route(.get, "/good", Operation("Answers", access: .anyone)) { _ in
                Response(headers: Headers([("ETag", "\"1\"")]))
            }
        } _: { client in
            for path in ["/owned", "/broken", "/immediate", "/good"] {
                let response = try await client.get(path)
                #expect(response.status == 200)
            }
            func errors() -> [String] { log.entries.filter { $0.level == .error }.map(\.message) }
            await Patience.until { errors().count >= 3 }
            let owned = "the handler has added what is the server's own, or no name of a header, and is left out: "
            #expect(
                errors() == [
                    owned + #""content-length", "Bad Name""#,
                    #"the handler has put line breaks into headers, which went out as spaces: "X-Broken""#,
                    owned + #""Date""#,
                ])
        }
    }

    @Test("a catch-all is routed, described and answered with 405", arguments: TestClient.Transport.allCases)
    func catchAll(transport: TestClient.Transport) async throws {
        try await withService(transport) { kernel in
            kernel.route(.get, "/files/{path...}", Operation("Serves a file", access: .anyone)) { request in
                Response(contentType: .text, body: .bytes(Array((request.parameters["path"] ?? "").utf8)))
            }
        } _: { client in
            #expect(try await client.get("/files/a/%C3%A6?x=1").text == "a/æ")
            #expect(try await client.get("/files/../secret").text == "../secret")
            let refused = try await client.delete("/files/a/b")
            #expect(refused.status == 405 && refused.headers["Allow"] == "GET, HEAD, OPTIONS")
            let operation = try await client.get("/openapi.json").json["paths"]?["/files/{path}"]?["get"]
            #expect(operation?["operationId"]?.string == "getFilesByPath")
            let parameter = operation?["parameters"]?.array?.first
            #expect(parameter?["name"]?.string == "path" && parameter?["in"]?.string == "path")
        }
    }
}
