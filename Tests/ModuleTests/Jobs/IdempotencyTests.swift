import Jobs
import Kernel
import KernelTesting
import Testing

@Suite("Requests with an Idempotency-Key")
struct IdempotencyTests {
    private func post(
        _ client: TestClient, _ jobs: JSON..., key: String, path: String = "/jobs"
    ) async throws -> TestResponse {
        try await client.post(path, ["jobs": .array(jobs)], headers: ["Idempotency-Key": key])
    }

    @Test("get the first reply again and create nothing", arguments: TestClient.Transport.allCases)
    func repeated(transport: TestClient.Transport) async throws {
        let database = try TemporaryDatabase()
        var first: TestResponse?
        try await database.withService([JobsModule.self], transport: transport) { client in
            let reply = try await post(client, SampleJob.add("A"), "nonsense", key: "\"one\"")
            #expect(reply.status == 200 && reply.headers["Idempotency-Replayed"] == nil)
            #expect(try reply.json.array?.map { $0["status"] } == ["CREATED", "FAILED"])
            // The job's end frees its target: only the key keeps the repetition from creating another one.
            try await client.update(try #require(try reply.json.array?.first?["job_id"]?.string), to: "completed")
            let again = try await post(client, SampleJob.add("A"), "nonsense", key: "one")
            #expect(again.status == 200 && again.bytes == reply.bytes)
            #expect(again.headers["Idempotency-Replayed"] == "true")
            #expect(try await client.list("/jobs").count == 1)
            first = reply
        }
        try await database.withService([JobsModule.self], transport: transport) { client in
            let again = try await post(client, SampleJob.add("A"), "nonsense", key: "\"one\"")
            #expect(again.bytes == first?.bytes, "also after a restart")
        }
    }

    @Test("with another body are refused, and other keys are others'")
    func otherBody() async throws {
        try await TemporaryDatabase().withService([JobsModule.self]) { client in
            #expect(try await post(client, SampleJob.add("A"), key: "one").status == 200)
            let other = try await post(client, SampleJob.add("B"), key: "one")
            #expect(other.status == 422)
            #expect(try other.json["code"] == "idempotency.key-reused")
            #expect(try await post(client, SampleJob.add("B"), key: "ONE").status == 200)
            #expect(try await client.list("/jobs").count == 2)
        }
    }

    @Test(
        "are refused if the key is none, or stands for too much",
        arguments: [
            "", "\"\"", "a b", "\"a\"b\"", "a\\b", String(repeating: "x", count: 256), "ø",
        ])
    func malformed(key: String) async throws {
        try await TemporaryDatabase().withService([JobsModule.self]) { client in
            let reply = try await post(client, SampleJob.add("A"), key: key)
            #expect(reply.status == 400)
            #expect(try reply.json["code"] == "idempotency.key-malformed")
            let many = try await client.post(
                "/jobs", ["jobs": .array((0...256).map { SampleJob.add("T\($0)") })],
                headers: ["Idempotency-Key": "one"])
            #expect(many.status == 400)
            #expect(try many.json["code"] == "idempotency.too-many-jobs")
            #expect(try await client.list("/jobs").isEmpty)
        }
    }

    @Test("that come together create one job")
    func together() async throws {
        try await TemporaryDatabase().withService([JobsModule.self], transport: .liveSocket) { client in
            let replies = try await withThrowingTaskGroup(of: TestResponse.self) { group in
                for _ in 0..<20 { group.addTask { try await post(client, SampleJob.add("A"), key: "one") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let answered = replies.filter { $0.status == 200 }
            #expect(!answered.isEmpty && Set(answered.map(\.text)).count == 1)
            let others = replies.filter { $0.status != 200 }
            #expect(others.allSatisfy { $0.status == 409 && $0.headers["Retry-After"] == "1" })
            #expect(try await client.list("/jobs").count == 1)
        }
    }

    @Test("are kept for a day, and then go by and by")
    func pruned() async throws {
        let database = try TemporaryDatabase()
        let (old, young) = ("2020-01-01T00:00:00.000000Z", Timestamp.now.description)
        @Sendable func record(_ key: String, _ at: String) -> JSON {
            ["key": .string(key), "fingerprint": "f", "at": .string(at), "reply": "[]"]
        }
        let user = #"["","1234-1234-1234-1234","one"]"#
        try await database.withStore("idempotencykeys") { store, collections in
            try await store.write { transaction in
                for n in 0..<150 { try transaction.insert(record("old\(n)", old).bytes, into: collections[0]) }
                try transaction.insert(record("young", young).bytes, into: collections[0])
                try transaction.insert(record(user, old).bytes, into: collections[0])
                let total: JSON = ["key": "total", "count": 152, "bytes": 10_000]
                try transaction.insert(total.bytes, into: collections[0])
            }
        }
        try await database.withService([JobsModule.self]) { client in
            // A key that has had its day is free again.
            let again = try await post(client, SampleJob.add("A"), key: "one")
            #expect(again.status == 200 && again.headers["Idempotency-Replayed"] == nil)
            #expect(try await post(client, SampleJob.add("B"), key: "two").status == 200)
        }
        try await database.withStore("idempotencykeys") { store, collections in
            let found = try await store.read { transaction -> [JSON] in
                var found: [JSON] = []
                try transaction.find(in: collections[0], Query()) { position, bytes in
                    found.append(try Document(position: position, bytes: bytes).json())
                    return .next
                }
                return found
            }
            let keys = found.compactMap { $0["key"]?.string }
            #expect(keys.filter { $0.hasPrefix("old") }.isEmpty)
            #expect(keys.contains("young") && keys.contains(user))
            #expect(found.first { $0["key"] == "total" }?["count"] == 3)
        }
    }

    @Test("are refused when too many are kept already", arguments: [(10_000, 0), (1, 64 << 20)])
    func full(count: Int, bytes: Int) async throws {
        let database = try TemporaryDatabase()
        try await database.withStore("idempotencykeys") { store, collections in
            let total: JSON = ["key": "total", "count": .integer(Int64(count)), "bytes": .integer(Int64(bytes))]
            _ = try await store.write { try $0.insert(total.bytes, into: collections[0]) }
        }
        try await database.withService([JobsModule.self]) { client in
            let reply = try await post(client, SampleJob.add("A"), key: "one")
            #expect(reply.status == 429 && reply.headers["Retry-After"] == "60")
            #expect(try await client.list("/jobs").isEmpty)
            #expect(try await client.create(SampleJob.add("A")).count == 1)
        }
    }
}

@Suite("Updates with If-Match")
struct ConditionalUpdateTests {
    @Test("are made to the state that the client has seen, and to no other", arguments: TestClient.Transport.allCases)
    func conditional(transport: TestClient.Transport) async throws {
        try await TemporaryDatabase().withService([JobsModule.self], transport: transport) { client in
            let id = try await client.create(SampleJob.add("A"))[0]
            let path = "/jobs/\(id)"
            let tag = try #require(try await client.get(path).headers["ETag"])
            let stale = try await client.put(path, ["status": "initiated"], headers: ["If-Match": "\"x\""])
            #expect(stale.status == 412)
            #expect(try stale.json["message"]?.string?.contains(tag) == true)
            #expect(try await client.get(path).headers["ETag"] == tag)
            #expect(try await client.put(path, ["status": "initiated"], headers: ["If-Match": tag]).status == 200)
            #expect(try await client.put(path, ["status": "built"], headers: ["If-Match": tag]).status == 412)
            let named: JSON = ["jobId": .string(id), "status": "built"]
            #expect(try await client.put("/jobs", named, headers: ["If-Match": tag]).status == 412)
            #expect(try await client.put(path, ["status": "built"], headers: ["If-Match": "*"]).status == 200)
            let built = try #require(try await client.get(path).headers["ETag"])
            let done: JSON = ["status": "completed"]
            #expect(try await client.put(path, done, headers: ["If-Match": built]).status == 200)
            #expect(try await client.put(path, done, headers: ["If-Match": built]).status == 200, "a repetition")
            #expect(try await client.put("/jobs/none", done, headers: ["If-Match": "*"]).status == 404)
        }
    }

    @Test("know the tag of a long log")
    func longLog() async throws {
        try await TemporaryDatabase().withService([JobsModule.self]) { client in
            let id = try await client.create(SampleJob.add("A"))[0]
            for n in 0..<50 { _ = try await client.put("/jobs/\(id)", ["log": .string("line \(n)\n\"é\"")]) }
            let tag = try #require(
                try await client.get("/jobs/\(id)", headers: ["Accept-Encoding": "gzip"]).headers["ETag"])
            #expect(tag.hasSuffix("-gzip\""))
            #expect(try await client.put("/jobs/\(id)", ["log": "x"], headers: ["If-Match": tag]).status == 200)
            #expect(try await client.put("/jobs/\(id)", ["log": "x"], headers: ["If-Match": tag]).status == 412)
        }
    }

    @Test(
        "a list changes its tag when one of its jobs does",
        arguments: ["/jobs", "/jobs?limit=10", "/jobs?status=queued"])
    func lists(path: String) async throws {
        try await TemporaryDatabase().withService([JobsModule.self]) { client in
            let id = try await client.create(SampleJob.add("A"), SampleJob.add("B"))[0]
            let tag = try #require(try await client.get(path).headers["ETag"])
            #expect(try await client.get(path, headers: ["If-None-Match": tag]).status == 304)
            try await client.update(id, to: "initiated")
            #expect(try await client.get(path, headers: ["If-None-Match": tag]).status == 200)
        }
    }
}
