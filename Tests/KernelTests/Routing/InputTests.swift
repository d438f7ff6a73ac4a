import Kernel
import KernelTesting
import Testing

private struct Greeting: ReplyBody {
    let words: String

    static let schema = Schema.object("Greeting", .required("words", \.words, .string()), as: Greeting.init)
}

private struct NewGreeting: RequestBody {
    let name: String
    let times: Int?

    static let schema = Schema.object(
        "NewGreeting", .required("name", .string(lengths: 1...5)), .optional("times", .integer(1...3)),
        as: NewGreeting.init)
}

private struct Range: Sendable {
    let from: Int?
    let to: Int
    let kinds: [String]?
    let isStrict: Bool?

    static let query = QueryParameters(
        .optional("startAt", .integer(0...99), "Where it begins"), .required("end", .integer(0...99), "Where it ends"),
        .list("kind", of: Schema<String>(.choice(["a", "b"])), "Which"), .optional("strict", .flag(), "How"),
        as: Range.init,
        check: { range, problems in
            if let from = range.from, from > range.to {
                problems.append(FieldProblem("startAt", "startAt must not be behind end"))
            }
        })
}

@Suite("What routes take out of requests")
struct InputTests {
    private static let open = Operation("", access: .anyone)

    private func withGreetings(
        _ transport: TestClient.Transport, _ body: (TestClient) async throws -> Void
    ) async throws {
        try await withService(transport) { kernel in
            kernel.get("/ranges/{name}", Self.open, .path("name"), .query(Range.query)) { _, name, range in
                let kinds = range.kinds.map { $0.joined() } ?? "all"
                return Greeting(words: "\(name) \(range.from ?? -1)-\(range.to) \(kinds) \(range.isStrict ?? false)")
            }
            kernel.post("/greetings/{day}", Self.open, .path("day", .string(format: .date)), .body(NewGreeting.self)) {
                _, day, new in
                Array(repeating: Greeting(words: "\(day) \(new.name)"), count: new.times ?? 1)
            }
        } _: { client in
            try await body(client)
        }
    }

    @Test("path, query and body come as values, and values go out", arguments: TestClient.Transport.allCases)
    func values(transport: TestClient.Transport) async throws {
        try await withGreetings(transport) { client in
            let target = "/ranges/a%2Fb?start_at=3&end=7&kind=b,a&kind[]=b&strict=yes&other=1"
            #expect(try await client.get(target).text == #"{"words":"a/b 3-7 ba true"}"#)
            #expect(try await client.get("/ranges/x?end=7").text == #"{"words":"x -1-7 all false"}"#)
            let posted = try await client.post("/greetings/2026-01-31", ["name": "Eve", "times": 2])
            #expect(posted.text == #"[{"words":"2026-01-31 Eve"},{"words":"2026-01-31 Eve"}]"#)
        }
    }

    @Test(
        "everything that is wrong with a query is told at once",
        arguments: [
            ("", ["Missing end"]), ("end=", ["end must not be empty"]), ("end=1&end=1", ["end may be given only once"]),
            ("end=7&startAt=8", ["startAt must not be behind end"]),
            (
                "startAt=x&end=100&kind=a,,c&strict=perhaps",
                [
                    #"startAt is "x"; it must be between 0 and 99"#, #"end is "100"; it must be between 0 and 99"#,
                    "kind has an empty element; known are a, b", #"Unknown kind "c"; known are a, b"#,
                    #"strict is "perhaps"; it must be true or false (or yes/no, on/off, t/f, y/n, 1/0)"#,
                ]
            ),
        ])
    func wrongQuery(query: String, messages: [String]) async throws {
        try await withGreetings(.inProcess) { client in
            let reply = try await client.get("/ranges/x?\(query)")
            #expect(reply.status == 400)
            let body = try reply.json
            #expect(body["code"] == "query.invalid" && body["message"] == .string(messages.joined(separator: "; ")))
            #expect(body["errors"]?.array?.map { $0["message"] } == messages.map { .string($0) })
        }
    }

    @Test("what is wrong with the path is told before the body is looked at")
    func wrongPath() async throws {
        try await withGreetings(.inProcess) { client in
            let path = try await client.post("/greetings/today", ["name": "too long"]).json
            #expect(path["message"] == #"day is "today"; it must be a date, such as 2026-01-31"#)
            let body = try await client.post("/greetings/2026-01-31", ["name": "too long", "times": 4]).json
            #expect(body["code"] == "body.invalid" && body["errors"]?.array?.count == 2)
        }
    }

    @Test("a declaration that cannot hold keeps the service from starting")
    func flaws() async throws {
        struct Unwritten: ReplyBody {
            let word: String
            static let schema = Schema.object("Unwritten", .required("word", .string()), as: Unwritten.init)
        }
        let failure = await #expect(throws: BootFailure.self) {
            try await withService { kernel in
                kernel.get("/things/{id}", Self.open, .path("name")) { _, name in Greeting(words: name) }
                kernel.get("/words", Self.open) { _ in Unwritten(word: "x") }
            } _: { _ in
            }
        }
        #expect(
            failure?.issues.map(\.what) == [
                "route GET /things/{id} of module 'adHoc' is not as it is declared: its handler takes 'name' from the "
                    + "path, which the pattern does not capture",
                "route GET /words of module 'adHoc' is not as it is declared: it answers with Unwritten, whose schema "
                    + "has no key paths to write it by",
            ])
    }
}
