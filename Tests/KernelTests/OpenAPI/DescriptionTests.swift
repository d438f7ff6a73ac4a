import Kernel
import KernelTesting
import Testing

/// A module whose description is full of what HTML gives a meaning to.
private struct Awkward: Module {
    static let manifest = Manifest(id: "awkward", summary: "<Awkward> & \"odd\"")

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) throws {
        let shape = JSONSchema.object(
            "Shape",
            [
                .required("text", .string(lengths: 1...9, "<script>alert(1)</script>", example: "a<b")),
                .required("kind", .choice(["one", "two"])), .required("at", .timestamp),
                .optional("count", .integer(3...5)),
            ])
        kernel.post(
            "/awkward/{name}",
            Operation(
                "Takes <b>anything</b>", access: [.service, .administrator], reply: .json(.array(of: shape)),
                errors: [.conflict: "Somebody said \"no\" & left"]),
            .body(Schema<JSON>(shape))
        ) { _, _ in Response(body: .fixed("[]")) }
    }
}

@Suite("The description of the API")
struct DescriptionTests {
    private func withService(
        _ transport: TestClient.Transport = .inProcess, _ body: (TestClient) async throws -> Void
    ) async throws {
        try await withApplication(
            modules: [Awkward.self], drivers: [RecordingDriver.self],
            environment: ["JOB_SERVICE_STORAGE__URL": "recording:"], transport: transport, body)
    }

    @Test("names why each status may come, with the headers that come with it")
    func reasons() async throws {
        try await withService { client in
            let post = try await client.get("/openapi.json").json["paths"]?["/awkward/{name}"]?["post"]
            let responses = try #require(post?["responses"]?.object)
            #expect(responses.members.map(\.name) == ["200", "400", "401", "403", "409", "413", "503"])
            #expect(responses["409"]?["description"] == "Somebody said \"no\" & left")
            #expect(responses.members.allSatisfy { $0.value["headers"]?["X-Request-ID"] != nil })
            let retryable = responses.members.filter { $0.value["headers"]?["Retry-After"] != nil }
            #expect(retryable.map(\.name) == ["503"])
        }
    }

    @Test("gives examples made of those of the properties")
    func examples() async throws {
        try await withService { client in
            let post = try await client.get("/openapi.json").json["paths"]?["/awkward/{name}"]?["post"]
            let shape: JSON = ["text": "a<b", "kind": "one", "at": JSONSchema.timestamp.example]
            #expect(post?["requestBody"]?["content"]?["application/json"]?["example"] == shape)
            #expect(post?["responses"]?["200"]?["content"]?["application/json"]?["example"] == [shape])
        }
    }

    @Test("is a page for people that escapes what it quotes, runs nothing and loads nothing from elsewhere")
    func page() async throws {
        try await withService(.liveSocket) { client in
            let page = try await client.get("/docs")
            #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
            let policy = try #require(page.headers["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none'; style-src 'self';"))
            #expect(page.text.contains("Takes &lt;b&gt;anything&lt;/b&gt;."))
            #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            #expect(page.text.contains("Somebody said &quot;no&quot; &amp; left"))
            for forbidden in ["<script", "style=", "//", "onload"] { #expect(!page.text.contains(forbidden)) }
            let style = try await client.get("/docs/style.css")
            #expect(style.headers["Content-Type"] == "text/css; charset=utf-8")
            #expect(!style.text.contains("url("))
        }
    }

    @Test("links every operation and every shape that it names")
    func links() async throws {
        try await withService { client in
            let page = try await client.get("/docs").text
            let parts = page.components(between: "href=\"#", and: "\"")
            #expect(parts.contains("schema-Shape") && parts.contains("postAwkwardByName"))
            for anchor in parts { #expect(page.contains("id=\"\(anchor)\""), "\(anchor)") }
        }
    }
}

extension String {
    /// What stands between each `start` and the next `end` after it.
    fileprivate func components(between start: String, and end: Character) -> Set<String> {
        var found: Set<String> = []
        var rest = self[...]
        while let range = rest.firstRange(of: start) {
            rest = rest[range.upperBound...]
            found.insert(String(rest.prefix { $0 != end }))
        }
        return found
    }
}
