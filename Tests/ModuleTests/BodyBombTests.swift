import Jobs
import Kernel
import KernelTesting
import StorageSQLite
import Testing

@Suite("Bodies that are made to do harm")
struct BodyBombTests {
    /// A body, the status that it gets, and what the answer says.
    struct Bomb: Sendable, CustomTestStringConvertible {
        let name: String
        let body: String
        let status: Int
        let says: String

        var testDescription: String { name }

        init(_ name: String, _ body: String, _ status: Int = 400, _ says: String) {
            (self.name, self.body, self.status, self.says) = (name, body, status, says)
        }

        static func many(_ text: String, _ count: Int) -> String {
            Array(repeating: text, count: count).joined(separator: ",")
        }

        static let all = [
            Bomb("two million zeros", #"{"jobs":[\#(many("0", 2_000_000))]}"#, "more than 250000 values"),
            Bomb(
                "nested lists", #"{"jobs":"# + String(repeating: "[", count: 4_000_000), "nested deeper than 64 levels"),
            Bomb("nested objects", String(repeating: #"{"a":"#, count: 800_000), "nested deeper than 64 levels"),
            Bomb("a number of a million digits", #"{"jobs":[\#(String(repeating: "9", count: 1_000_000))]}"#, "number"),
            Bomb("a huge exponent", #"{"jobs":[1e999999999]}"#, "beyond the range"),
            Bomb("a name twice", #"{"jobs":[],"jobs":[]}"#, "stands twice"),
            Bomb("a name twice, once escaped", #"{"jobs":[],"j\u006fbs":[]}"#, "stands twice"),
            Bomb("a lone surrogate", #"{"jobs":["\ud800"]}"#, "surrogate"),
            Bomb("surrogates the wrong way round", #"{"jobs":["\udc00\ud800"]}"#, "surrogate"),
            Bomb("an open string", #"{"jobs":""# + String(repeating: "a", count: 1_000_000), "not valid JSON"),
            Bomb("blanks", String(repeating: " ", count: 4_000_000), "empty text"),
            Bomb("a list where an object belongs", "[]", "must be an object"),
            Bomb(
                "many unknown properties", "{\((0..<50_000).map { "\"p\($0)\":0" }.joined(separator: ","))}",
                "at least 97 more"),
            Bomb(
                "an item with many unknown properties",
                #"{"jobs":[{\#((0..<50_000).map { "\"p\($0)\":0" }.joined(separator: ","))}]}"#, 200, "FAILED"),
        ]

        init(_ name: String, _ body: String, _ says: String) { self.init(name, body, 400, says) }
    }

    @Test("get a short answer, and the service goes on", arguments: Bomb.all)
    func bomb(_ bomb: Bomb) async throws {
        try await withApplication(
            modules: [JobsModule.self], drivers: [SQLiteDriver.self],
            environment: ["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"], transport: .liveSocket
        ) { client in
            let reply = try await client.send(.post, "/jobs", Array(bomb.body.utf8))
            #expect(reply.status == bomb.status)
            #expect(reply.text.contains(bomb.says), "\(reply.text.prefix(300))")
            #expect(reply.bytes.count < 100_000)
            let next = try await client.get("/health/ready")
            #expect(next.status == 200)
        }
    }

    @Test("a list of jobs longer than one transaction is created as a whole, in order, the first of a target winning")
    func longList() async throws {
        try await withApplication(
            modules: [JobsModule.self], drivers: [SQLiteDriver.self],
            environment: ["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"], transport: .liveSocket
        ) { client in
            let items = (0..<2000).map { number -> JSON in
                ["operation": "ADD", "target": .string("T_\(number % 1500)"), "description": "a description"]
            }
            let reply = try await client.post("/jobs", ["jobs": .array(items)])
            let outcomes = try reply.json.array?.compactMap { $0["status"]?.string } ?? []
            #expect(outcomes == (0..<2000).map { $0 < 1500 ? "CREATED" : "FAILED" })
            let jobs = try await client.get("/jobs")
            let targets = try jobs.json.array?.compactMap { $0["parameters"]?["target"]?.string }
            #expect(targets == (0..<1500).map { "T_\($0)" })
        }
    }
}
