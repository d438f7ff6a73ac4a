import Kernel
import KernelTesting
import Testing

@Suite("A stack that switches datastores on and off")
struct DatastoresSwitchTests {
    private let first = DatastoresStack.first
    private let second = DatastoresStack.second
    private let on = DatastoresStack.both
    private let off = DatastoresStack.off

    private func service<R: Sendable>(
        _ database: TemporaryDatabase, _ configuration: String, _ body: (TestClient) async throws -> R
    ) async throws -> R {
        try await database.withService(DatastoresStack.modules, configuration: configuration, body)
    }

    @Test("jobs from before belong to the first datastore")
    func switchingOn() async throws {
        let database = try TemporaryDatabase()
        let (plain, ids) = try await service(database, off) { client in
            let ids = try await client.create(SampleJob.add("DONE"), SampleJob.add("BUSY"))
            try await client.update(ids[0], to: "completed")
            return (try await client.list("/jobs"), ids)
        }
        try await service(database, on) { client in
            let jobs = try await client.list("/jobs")
            #expect(jobs == plain.map { $0.of(first) })
            #expect(try await client.list("/datastores/\(first)/jobs") == jobs)
            #expect(try await client.list("/datastores/\(first)/jobs?status=completed&operation=ADD") == [jobs[1]])
            #expect(try await client.list("/datastores/\(second)/jobs").isEmpty)
            #expect(try await client.list("/datastores/\(first)/targets/DONE/jobs") == [jobs[1]])
            for id in ids { #expect(try await client.job(id)["datastoreRdn"]?.string == first) }
            #expect(try await client.values("datastoreRdn", of: "/targets") == [first, first])

            let items = try await client.items(SampleJob.add("BUSY").of(first), SampleJob.add("BUSY").of(second))
            #expect(items.map { $0["status"] } == ["FAILED", "CREATED"])
            try await client.update(ids[1], to: "failed")
            #expect(try await client.list("/datastores/\(first)/jobs").count == 2)
        }
    }

    @Test("without the module no reply has anything of it, whatever is stored")
    func switchingOff() async throws {
        let database = try TemporaryDatabase()
        let partitioned = try await service(database, on) { client in
            let ids = try await client.create(
                SampleJob.add("A").of(first), SampleJob.add("B").of(second), SampleJob.add("A").of(second))
            try await client.update(ids[0], to: "completed")
            try await client.update(ids[1], to: "built")
            return try await client.list("/jobs")
        }
        let newer = try await service(database, off) { client in
            for path in ["/jobs", "/targets", "/targets/A/jobs", "/jobs?status=built"] {
                let text = try await client.get(path).text
                #expect(!text.contains("datastore") && !text.contains("key"), "\(text)")
            }
            let jobs = try await client.list("/jobs")
            #expect(zip(jobs, partitioned).allSatisfy { $0.of($1["datastoreRdn"]?.string ?? "") == $1 })
            for job in jobs { #expect(try await client.job(job["jobId"]?.string ?? "") == job) }
            #expect(try await client.values("name", of: "/targets") == ["A", "B"])
            #expect(try await client.items(SampleJob.add("A"))[0]["msg"] == "Job with target A already in progress")
            return try await client.create(SampleJob.add("C"))[0]
        }
        try await service(database, on) { client in
            let jobs = try await client.list("/jobs")
            #expect(jobs.filter { $0["jobId"]?.string != newer } == partitioned)
            #expect(try await client.job(newer)["datastoreRdn"]?.string == first)
            #expect(try await client.values("name", of: "/datastores/\(first)/targets") == ["A", "C"])
            #expect(try await client.values("name", of: "/datastores/\(second)/targets") == ["A", "B"])
        }
    }

    @Test("two jobs in progress for one target keep the stack from starting without the module")
    func conflict() async throws {
        let database = try TemporaryDatabase()
        let ids = try await service(database, on) { client in
            try await client.create(SampleJob.add("A").of(first), SampleJob.add("A").of(second))
        }
        do {
            try await service(database, off) { _ in }
            Issue.record("it has started")
        } catch let failure as BootFailure {
            #expect(failure.issues.count == 1)
            #expect(failure.issues.allSatisfy { $0.what.contains(#"2 documents have "A""#) && $0.remedy != nil })
        }
        try await service(database, on) { try await $0.update(ids[0], to: "failed") }
        try await service(database, off) { client in
            let order = try await client.values("jobId", of: "/jobs")
            #expect(order == [ids[1], ids[0]])
        }
    }
}
