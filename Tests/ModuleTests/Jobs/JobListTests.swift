import Jobs
import Kernel
import KernelTesting
import Testing

@Suite("The list of jobs")
struct JobListTests {
    private static let instants = ["2024-03-01T10:00:00", "2024-03-01T10:00:01", "2024-03-01T10:00:02"]

    /// Ten jobs in progress and thirty finished ones, many of them created at the same instant.
    private static func fill(
        _ store: any DocumentStore, _ inProgress: Collection, _ completed: Collection
    ) async throws -> [JSON] {
        let jobs = (0..<40).map { n -> JSON in
            let isFinished = n % 4 != 0
            return [
                "jobId": .string("job-\(n)"),
                "status": .string(isFinished ? (n % 3 == 0 ? "failed" : "completed") : "queued"),
                "parameters": [
                    "operation": .string(n % 5 == 0 ? "CHANGE" : "ADD"),
                    "target": .string(isFinished ? "T\(n % 3)" : "P\(n)"),
                ],
                "log": [], "createdAt": .string("\(instants[n * 7 % 3]).00000\(n % 2)Z"),
                "createdBy": ["userId": .string("u\(n % 2)"), "firstName": "A", "lastName": "B"],
            ]
        }
        try await store.write { transaction in
            for job in jobs {
                let isFinished = job["status"]?.string != "queued"
                try transaction.insert(job.bytes, into: isFinished ? completed : inProgress)
            }
        }
        return jobs
    }

    private func withList(_ body: (TestClient, [JSON]) async throws -> Void) async throws {
        let database = try TemporaryDatabase()
        var jobs: [JSON] = []
        try await database.withStore("inprogress", "completed") { store, collections in
            jobs = try await Self.fill(store, collections[0], collections[1])
        }
        try await database.withService([JobsModule.self]) { [jobs] in try await body($0, jobs) }
    }

    private static let filters: [String] = [
        "", "status=failed", "status=queued", "operation=ADD", "ignoreCompleted=true",
    ]
    private static let narrowings = ["", "target=T1", "createdBy=u1", "target=T2&created_by=u0"]
    private static let spans = [
        "", "createdAfter=2024-03-01T10:00:01Z", "createdBefore=2024-03-01T11:00:01%2B01:00",
        "created_after=2024-03-01T10:00:00Z&created_before=2024-03-01T10:00:02Z",
    ]

    @Test("answers every combination of parameters, whole and page by page", arguments: ["entry", "newest"])
    func combinations(order: String) async throws {
        try await withList { client, jobs in
            for filter in Self.filters {
                for narrowing in Self.narrowings {
                    for span in Self.spans {
                        let query = [filter, narrowing, span, "order=\(order)"].filter { !$0.isEmpty }
                            .joined(separator: "&")
                        let wanted = Self.wanted(query, of: jobs)
                        let whole = try await Self.ids(client, query)
                        #expect(whole.ids == wanted, "\(query)")
                        var (found, after) = ([String](), String?.none)
                        repeat {
                            let page = try await Self.ids(
                                client, "\(query)&limit=3" + (after.map { "&after=\($0)" } ?? ""))
                            found += page.ids
                            after = page.next
                        } while after != nil
                        #expect(found == wanted, "the pages of \(query)")
                    }
                }
            }
        }
    }

    private static func wanted(_ query: String, of jobs: [JSON]) -> [String] {
        func has(_ part: String) -> Bool { query.split(separator: "&").contains { $0 == part } }
        let found = jobs.enumerated().filter { _, job in
            let at = job["createdAt"]?.string ?? ""
            return (!has("status=failed") || job["status"] == "failed")
                && (!has("status=queued") && !has("ignoreCompleted=true") || job["status"] == "queued")
                && (!has("operation=ADD") || job["parameters"]?["operation"] == "ADD")
                && (!has("target=T1") || job["parameters"]?["target"] == "T1")
                && (!has("target=T2") || job["parameters"]?["target"] == "T2")
                && (!has("createdBy=u1") || job["createdBy"]?["userId"] == "u1")
                && (!has("created_by=u0") || job["createdBy"]?["userId"] == "u0")
                && (!has("createdAfter=2024-03-01T10:00:01Z") || at >= "2024-03-01T10:00:01.000000Z")
                && (!has("createdBefore=2024-03-01T11:00:01%2B01:00") || at < "2024-03-01T10:00:01.000000Z")
                && (!has("created_after=2024-03-01T10:00:00Z")
                    || at >= "2024-03-01T10:00:00.000000Z" && at < "2024-03-01T10:00:02.000000Z")
        }
        func isInProgress(_ job: JSON) -> Bool { job["status"] == "queued" }
        return found.sorted { a, b in
            if has("order=newest") {
                let (x, y) = (a.element["createdAt"]?.string ?? "", b.element["createdAt"]?.string ?? "")
                if x != y { return x > y }
                if isInProgress(a.element) != isInProgress(b.element) { return isInProgress(a.element) }
                return a.offset > b.offset
            }
            if isInProgress(a.element) != isInProgress(b.element) { return isInProgress(a.element) }
            return a.offset < b.offset
        }.compactMap { $0.element["jobId"]?.string }
    }

    private static func ids(_ client: TestClient, _ query: String) async throws -> (ids: [String], next: String?) {
        let response = try await client.get("/jobs?\(query)")
        let ids = try response.json.array?.compactMap { $0["jobId"]?.string } ?? []
        let next = response.headers["Link"]?.split(separator: "after=").last?.split(separator: ">").first
        return (ids, next.map(String.init))
    }
}

@Suite("The query of the list of jobs")
struct JobQueryTests {
    @Test(
        "is refused with clear words",
        arguments: [
            ("order=oldest", "newest"), ("order=", "order must not be empty"),
            ("order=newest&order=newest", "only once"),
            ("target=", "target must not be empty"), ("target=a-b", "capital letters"),
            ("createdBy=", "createdBy must not be empty"), ("createdBy=a&created_by=a", "only once"),
            ("createdBy=\(String(repeating: "u", count: 257))", "createdBy must have at most 256 characters, not 257"),
            ("createdBefore=2024-13-01T00:00:00%2001:00", #""2024-13-01T00:00:00 01:00""#),
            ("createdAfter=", "must not be empty"), ("createdAfter=yesterday", "2026-01-31T08:00:00Z"),
            ("createdAfter=2024-02-30T00:00:00Z", "createdAfter is"), ("createdBefore=2024-01-01T00:00:00", "offset"),
            ("createdBefore=2024-01-01T25:00:00Z", "createdBefore is"),
            ("createdBefore=2024-01-01T00:00:00%2B25:00", "createdBefore is"),
            ("order=newest&after=1-0-5", "another order"), ("after=1-0-5-5d2", "another order"), ("after=x", "cursor"),
            ("after=2-0-5", "cursor"), ("after=1-0-05", "cursor"), ("order=newest&after=1-0-5-", "cursor"),
        ])
    func refusals(_ query: String, words: String) async throws {
        try await TemporaryDatabase().withService([JobsModule.self]) { client in
            let reply = try await client.get("/jobs?\(query)")
            #expect(reply.status == 400)
            #expect(try reply.json["message"]?.string?.contains(words) == true, "\(reply.text)")
        }
    }

    @Test(
        "takes instants with any offset, and a plus sign that arrived as a blank",
        arguments: [
            "2024-03-01T10:00:00Z", "2024-03-01T11:00:00%2B01:00", "2024-03-01T11:00:00+01:00",
            "2024-03-01T04:30:00-05:30", "2024-03-01t10:00:00.000000z", "2024-03-01%2010:00:00Z",
        ])
    func instants(_ text: String) async throws {
        let database = try TemporaryDatabase()
        try await database.withStore("completed") { store, collections in
            for instant in ["2024-03-01T09:59:59.999999Z", "2024-03-01T10:00:00.000000Z"] {
                var job = SampleJob.stored(instant, target: "T", status: "completed", at: instant).object
                job?["createdAt"] = .string(instant)
                let bytes = JSON.object(try #require(job)).bytes
                _ = try await store.write { try $0.insert(bytes, into: collections[0]) }
            }
        }
        try await database.withService([JobsModule.self]) { client in
            let later = try await client.list("/jobs?createdAfter=\(text)")
            let earlier = try await client.list("/jobs?createdBefore=\(text)")
            #expect(later.count == 1)
            #expect(earlier.count == 1)
        }
    }
}
