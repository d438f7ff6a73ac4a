import Kernel
import KernelTesting
import Testing

@Suite("Aliases of routes")
struct AliasTests {
    @Test("answer the same, and say what to use instead", arguments: TestClient.Transport.allCases)
    func aliases(transport: TestClient.Transport) async throws {
        try await withService(transport) { kernel in
            let since = "2026-11-24T00:00:00Z"
            let shows = Operation("Shows", access: .anyone, reply: .json(.any()))
            @Sendable func answer(_ request: Request) throws -> Response {
                let name = request.parameters["name"] ?? "-"
                if name == "none" { throw HTTPError(.notFound, code: "none", message: "None") }
                return Response(body: .bytes(JSON.array([.string(name)]).bytes))
            }
            kernel.get(
                "/things/{name}/parts",
                aliases: [Alias("/things/{name}", since: since), Alias("/old/things/{name}/all", since: since)], shows,
                handler: answer)
            kernel.get(
                "/thing", aliases: [Alias("/things/latest/one", since: since), Alias("/thingy", since: since)],
                shows, handler: answer)
        } _: { client in
            for (alias, own, link) in [
                ("/things/a%20b", "/things/a%20b/parts", "./a%20b/parts"),
                ("/things/none", "/things/none/parts", "./none/parts"),
                ("/old/things/a/all", "/things/a/parts", "../../../things/a/parts"),
                ("/things/latest/one", "/thing", "../../thing"), ("/thingy", "/thing", "./thing"),
            ] {
                let headers = ["X-Request-ID": "one"]
                let (reply, expected) = (
                    try await client.get(alias, headers: headers), try await client.get(own, headers: headers)
                )
                #expect(reply.bytes == expected.bytes && reply.status == expected.status)
                #expect(reply.headers["Deprecation"] == "@1795478400")
                #expect(reply.headers["Link"] == "<\(link)>; rel=\"successor-version\"")
                #expect(expected.headers["Deprecation"] == nil && expected.headers["Link"] == nil)
            }
            let paths = try await client.get("/openapi.json").json["paths"]
            #expect(paths?["/thingy"]?["get"]?["deprecated"] == true)
            #expect(paths?["/thing"]?["get"]?["deprecated"] == nil)
        }
    }
}
