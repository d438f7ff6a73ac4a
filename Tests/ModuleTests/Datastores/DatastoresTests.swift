import Kernel
import KernelTesting
import Testing

@Suite("Datastores")
struct DatastoresTests {
    private let first = DatastoresStack.first
    private let second = DatastoresStack.second

    private func withService(
        _ configuration: String = DatastoresStack.both, _ body: (TestClient) async throws -> Void
    ) async throws {
        try await TemporaryDatabase().withService(DatastoresStack.modules, configuration: configuration, body)
    }

    @Test("are listed, shown, and tell their names and folders")
    func routes() async throws {
        try await withService { client in
            let one: JSON = [
                "rdn": .string(first), "directory": "/data/first", "name": "First", "description": "The first one",
                "bumpEnabled": true,
            ]
            let two: JSON = [
                "rdn": .string(second), "directory": "/data/second", "name": .string(second), "description": "",
                "bumpEnabled": false,
            ]
            #expect(try await client.value("/datastores") == [one, two])
            #expect(try await client.value("/datastores/rdns") == [.string(first), .string(second)])
            #expect(try await client.value("/datastores/\(second)") == two)
            let directory = try await client.get("/datastores/\(second)/directory")
            #expect(directory.text == #""/data/second""#)
        }
    }

    @Test("that are not there are 404 by name", arguments: ["", "/directory", "/jobs", "/targets", "/targets/A/jobs"])
    func unknown(path: String) async throws {
        try await withService { client in
            let reply = try await client.get("/datastores/no.example.thir%C3%A9\(path)")
            #expect(reply.status == 404)
            #expect(try reply.json["code"] == "datastores.not-found")
            #expect(try reply.json["message"]?.string?.hasSuffix("known are \(first), \(second)") == true)
        }
    }

    @Test("nothing of them is there where the module is off")
    func off() async throws {
        try await withService(DatastoresStack.off) { client in
            for path in ["/datastores", "/datastores/rdns", "/datastores/\(first)/jobs"] {
                #expect(try await client.get(path).status == 404)
            }
            let items = try await client.items(SampleJob.add("A").of(first))
            #expect(items.map { $0["status"] } == ["FAILED"])
            #expect(items[0]["msg"]?.string?.contains("datastoreRdn is not a known property") == true)
        }
    }

    @Test("a new job goes to the one that it names, or to the only one")
    func posting() async throws {
        try await withService { client in
            let items = try await client.items(
                SampleJob.add("A").of(first), SampleJob.add("A").of(second), SampleJob.add("B"),
                SampleJob.add("C").of("no.other"), SampleJob.add("A").of(second))
            #expect(items.map { $0["status"] } == ["CREATED", "CREATED", "FAILED", "FAILED", "FAILED"])
            #expect(items[2]["msg"]?.string == "Missing datastoreRdn; known are \(first), \(second)")
            #expect(items[3]["msg"]?.string == "datastoreRdn is \"no.other\", which is none of \(first), \(second)")
            #expect(items[4]["msg"] == "Job with target A already in progress")
            let job = try await client.job(items[1]["job_id"]?.string ?? "")
            #expect(job["datastoreRdn"]?.string == second)
            #expect(job["parameters"] == ["operation": "ADD", "target": "A"])
        }
        try await withService(DatastoresStack.one) { client in
            let ids = try await client.create(SampleJob.add("A"))
            #expect(try await client.job(ids[0])["datastoreRdn"]?.string == first)
        }
    }

    @Test("a new job can be posted below the path of its datastore")
    func postingBelow() async throws {
        try await withService { client in
            let items = try await client.items(
                SampleJob.add("A"), SampleJob.add("B").of(second), SampleJob.add("C").of(first),
                at: "/datastores/\(second)/jobs")
            #expect(items.map { $0["status"] } == ["CREATED", "CREATED", "FAILED"])
            #expect(items[2]["msg"]?.string == "datastoreRdn is \"\(first)\", but the path says \"\(second)\"")
            #expect(try await client.values("datastoreRdn", of: "/jobs") == [second, second])
        }
    }

    @Test("BUMP is a matter of each datastore")
    func bump() async throws {
        try await withService { client in
            let bump = SampleJob.bump(["A": "PENDING_RELEASE"])
            let items = try await client.items(bump.of(first), bump.of(second))
            #expect(items.map { $0["status"] } == ["CREATED", "FAILED"])
            #expect(items[1]["msg"] == "Bumping the datastore is disabled")
        }
    }

    @Test("each lists its own jobs, filtered and page by page")
    func lists() async throws {
        try await withService { client in
            for number in 0..<7 {
                let ids = try await client.create(
                    SampleJob.add("S_\(number)").of(first), SampleJob.add("S_\(number)").of(second))
                if number < 4 { try await client.update(ids[1], to: number < 2 ? "completed" : "built") }
            }
            let path = "/datastores/\(second)/jobs"
            let jobs = try await client.list(path)
            #expect(jobs.count == 7)
            #expect(jobs.allSatisfy { $0["datastoreRdn"]?.string == second })
            #expect(try await client.list("\(path)?status=built").count == 2)
            #expect(try await client.list("\(path)?status=completed&operation=ADD,CHANGE").count == 2)
            #expect(try await client.list("\(path)?ignoreCompleted=true").count == 5)
            #expect(try await client.get("\(path)?status=none").status == 400)
            #expect(try await client.list("/jobs").count == 14)

            var (paged, next): ([JSON], String?) = ([], "\(path)?limit=2&operation=ADD")
            while let page = next {
                let reply = try await client.get(page)
                paged += try reply.json.array ?? []
                next = reply.headers["Link"].flatMap { link in
                    let target = link.dropFirst().prefix { $0 != ">" }
                    return target.hasPrefix("?") ? path + target : String(target)
                }
            }
            #expect(paged == jobs)
        }
    }

    @Test("each has targets of its own")
    func targets() async throws {
        try await withService { client in
            let ids = try await client.create(
                SampleJob.add("B").of(second), SampleJob.add("A").of(second), SampleJob.add("A").of(first),
                SampleJob.bump(["A": "PENDING_RELEASE", "OLD": "PENDING_DELETE"]).of(first))
            try await client.update(ids[1], to: "importing")
            try await client.update(ids[2], to: "completed")
            try await client.update(ids[3], to: "completed")

            let (one, two) = ("/datastores/\(first)/targets", "/datastores/\(second)/targets")
            #expect(try await client.values("name", of: one) == ["A", "DATASTORE", "OLD"])
            #expect(try await client.list(one)[0]["action"] == ["RELEASED", "1.1.0"])
            #expect(try await client.values("name", of: two) == ["A", "B"])
            #expect(try await client.values("status", of: two) == ["importing", "queued"])
            #expect(try await client.values("name", of: "/targets") == ["A", "A", "B", "DATASTORE", "OLD"])
            #expect(try await client.values("datastoreRdn", of: "/targets").prefix(2) == [first, second])
            let members = try await client.list(one)[0].object?.members.map(\.name)
            #expect(
                members == ["name", "lastUpdatedAt", "status", "lastUpdatedBy", "action", "datastoreRdn"])

            #expect(try await client.values("jobId", of: "\(one)/A/jobs") == [ids[2], ids[3]])
            #expect(try await client.values("jobId", of: "\(two)/A/jobs") == [ids[1]])
            #expect(try await client.list("/targets/A/jobs").count == 3)
        }
    }

    @Test("targets that were lost are derived again, each in its datastore")
    func rebuild() async throws {
        let database = try TemporaryDatabase()
        let before = try await database.withService(DatastoresStack.modules, configuration: DatastoresStack.both) {
            client in
            let ids = try await client.create(
                SampleJob.add("A").of(second), SampleJob.add("A").of(first), SampleJob.add("B").of(first))
            try await client.update(ids[0], to: "failed")
            try await client.update(ids[1], to: "built")
            return try await client.list("/targets")
        }
        try await database.withStore("partitionedtargets") { store, collections in
            let number = try await store.write { try $0.delete(in: collections[0], where: .all) }
            #expect(number == 3)
        }
        let after = try await database.withService(DatastoresStack.modules, configuration: DatastoresStack.both) {
            try await $0.list("/targets")
        }
        #expect(after == before)
    }
}
