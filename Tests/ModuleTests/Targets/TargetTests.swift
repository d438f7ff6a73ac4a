import Jobs
import Kernel
import KernelTesting
import Targets
import Testing

@Suite("Targets")
struct TargetTests {
    private let modules: [any Module.Type] = [JobsModule.self, TargetsModule.self]
    private let configuration = "modules: { jobs: { bumpEnabled: true } }"

    private func withService(
        transport: TestClient.Transport = .inProcess, _ body: (TestClient) async throws -> Void
    ) async throws {
        try await TemporaryDatabase().withService(
            modules, configuration: configuration, transport: transport, body)
    }

    @Test("without jobs there are none")
    func none() async throws {
        try await withService { client in
            for path in ["/targets", "/targets/A_SET", "/targets/A_SET/jobs"] {
                let reply = try await client.get(path)
                #expect(reply.text == "[]")
            }
        }
    }

    @Test(
        "an action tells the operation and what it is about",
        arguments: [
            (SampleJob.add("A_SET"), ["ADD"]),
            (["operation": "SET_STATUS", "target": "A_SET", "releaseStatus": "DRAFT"], ["SET_STATUS", "DRAFT"]),
            (["operation": "REMOVE", "target": "A_SET", "description": "d"], ["REMOVE"]),
            (["operation": "ADD", "target": "A_SET", "releaseStatus": "DRAFT"], ["ADD"]),
            (SampleJob.bump([:]), ["BUMP", "1.0.0", "1.1.0"]),
        ] as [(JSON, [JSON])])
    func action(job: JSON, action: [JSON]) async throws {
        try await withService { client in
            _ = try await client.create(job)
            let targets = try await client.list("/targets")
            #expect(targets.map { $0["action"] } == [.array(action)])
        }
    }

    @Test("a new job's target is queued at the job's creation by the job's user")
    func created() async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            let job = try await client.job(id)
            let expected: JSON = [
                "name": "A_SET", "lastUpdatedAt": job["createdAt"], "status": "queued",
                "lastUpdatedBy": job["createdBy"], "action": ["ADD"],
            ]
            #expect(try await client.list("/targets") == [expected])
        }
    }

    @Test("every update of a job shows in its target", arguments: ["initiated", "importing", "failed", "completed"])
    func updated(status: String) async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            try await client.update(id, to: status)
            let line = try await client.job(id)["log"]?.array?.last
            let target = try await client.target("A_SET")
            #expect(target?["status"]?.string == status)
            #expect(target?["lastUpdatedAt"] == line?["at"])
        }
    }

    @Test("a description or a log line alone moves the target's instant")
    func logged() async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            for body: JSON in [["log": "a line"], ["description": "a text"]] {
                #expect(try await client.put("/jobs/\(id)", body).status == 200)
                let line = try await client.job(id)["log"]?.array?.last
                #expect(try await client.target("A_SET")?["lastUpdatedAt"] == line?["at"])
            }
        }
    }

    @Test("a completed BUMP releases and removes what its manifest says, and leaves drafts alone")
    func completedBump() async throws {
        try await withService { client in
            let bump = SampleJob.bump(["NEW": "PENDING_RELEASE", "OLD": "PENDING_DELETE", "DRAFTED": "DRAFT"])
            let ids = try await client.create(bump, SampleJob.add("DRAFTED"))
            let draft = try await client.target("DRAFTED")
            try await client.update(ids[0], to: "importing")
            #expect(try await client.list("/targets").count == 2)
            try await client.update(ids[0], to: "completed")

            let job = try await client.job(ids[0])
            func target(_ name: String, _ action: JSON) -> JSON {
                [
                    "name": .string(name), "lastUpdatedAt": job["log"]?.array?.last?["at"], "status": "completed",
                    "lastUpdatedBy": job["createdBy"], "action": action,
                ]
            }
            #expect(
                try await client.list("/targets") == [
                    target("DATASTORE", ["BUMP", "1.0.0", "1.1.0"]), draft, target("NEW", ["RELEASED", "1.1.0"]),
                    target("OLD", ["REMOVED", "1.1.0"]),
                ])
        }
    }

    @Test("a failed BUMP releases nothing")
    func failedBump() async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.bump(["NEW": "PENDING_RELEASE"]))[0]
            try await client.update(id, to: "failed")
            #expect(try await client.list("/targets").map { $0["name"] } == ["DATASTORE"])
        }
    }

    @Test("a refused change leaves the target as it was")
    func refused() async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            try await client.update(id, to: "completed")
            let target = try await client.target("A_SET")
            #expect(try await client.put("/jobs/\(id)", ["status": "queued"]).status == 404)
            #expect(try await client.put("/jobs/\(id)", ["status": "completed", "log": "again"]).status == 200)
            #expect(try await client.put("/jobs/\(id)", ["status": "unknown"]).status == 400)
            _ = try await client.post("/jobs", ["jobs": [["operation": "REMOVE", "target": "A_SET"]]])
            #expect(try await client.target("A_SET") == target)
        }
    }

    @Test("after many concurrent updates job and target agree")
    func concurrent() async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            let statuses = ["queued", "initiated", "validating", "importing", "built"]
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask { try? await client.update(id, to: statuses[index % statuses.count]) }
                }
            }
            let (job, target) = (try await client.job(id), try await client.target("A_SET"))
            #expect(job["log"]?.array?.count == 200)
            #expect(target?["status"] == job["status"])
            #expect(target?["lastUpdatedAt"] == job["log"]?.array?.last?["at"])
        }
    }

    @Test("a long list is in the order of names and whole", arguments: TestClient.Transport.allCases)
    func longList(transport: TestClient.Transport) async throws {
        try await withService(transport: transport) { client in
            // More than a step of the list has, in no order.
            let names = (0..<2000).map { "SET_\($0 * 7919 % 2000)" }
            let reply = try await client.post("/jobs", ["jobs": .array(names.map(SampleJob.add))])
            #expect(reply.status == 200)
            let listed = try await client.list("/targets").compactMap { $0["name"]?.string }
            #expect(listed == names.sorted())
        }
    }

    @Test("a name that is a prefix of another comes first")
    func prefixes() async throws {
        try await withService { client in
            _ = try await client.create(SampleJob.add("A_1"), SampleJob.add("AB"), SampleJob.add("A"))
            #expect(try await client.list("/targets").map { $0["name"] } == ["A", "AB", "A_1"])
        }
    }
}
