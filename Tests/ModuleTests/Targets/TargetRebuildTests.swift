import Jobs
import Kernel
import KernelTesting
import Targets
import Testing

@Suite("Rebuild of targets")
struct TargetRebuildTests {
    private let jobsOnly: [any Module.Type] = [JobsModule.self]
    private let both: [any Module.Type] = [JobsModule.self, TargetsModule.self]
    private let configuration = "modules: { jobs: { bumpEnabled: true } }"

    @Test("a stack that enables the module later has the same targets as one that had it from the start")
    func enabledLater() async throws {
        let (early, late) = (try TemporaryDatabase(), try TemporaryDatabase())
        func work(_ client: TestClient) async throws {
            let ids = try await client.create(
                SampleJob.add("A_SET"), SampleJob.add("B_SET"), SampleJob.add("C_SET"),
                SampleJob.bump(["A_SET": "PENDING_RELEASE", "GONE": "PENDING_DELETE", "B_SET": "DRAFT"]))
            try await client.update(ids[0], to: "completed")
            try await client.update(ids[3], to: "completed")
            try await client.update(ids[1], to: "importing")
            let again = try await client.create(SampleJob.add("A_SET"))[0]
            try await client.update(again, to: "failed")
        }
        try await early.withService(both, configuration: configuration, work)
        try await late.withService(jobsOnly, configuration: configuration, work)
        let expected = try await early.targets(both).map(\.withoutInstant)
        #expect(expected.count == 5)
        #expect(try await late.targets(both).map(\.withoutInstant) == expected)
    }

    @Test("targets that were removed come back as they were", arguments: ["queued", "importing", "completed"])
    func missing(status: String) async throws {
        let database = try TemporaryDatabase()
        let before = try await database.withService(both) { client in
            try await client.update(try await client.create(SampleJob.add("A_SET"))[0], to: status)
            return try await client.list("/targets")
        }
        // Once more, so that there is a mark.
        #expect(try await database.targets(both) == before)
        try await database.withStore("targets") { store, collections in
            let number = try await store.write { try $0.delete(in: collections[0], where: .all) }
            #expect(number == 1)
        }
        let log = LogRecorder()
        #expect(try await database.targets(both, log: log) == before)
        #expect(log.messages.contains { $0.hasPrefix("1 targets were missing or stale") })
    }

    @Test("a target that lags behind its job is brought up to date")
    func stale() async throws {
        let database = try TemporaryDatabase()
        let before = try await database.withService(both) { client in
            try await client.update(try await client.create(SampleJob.add("A_SET"))[0], to: "completed")
            return try await client.list("/targets")
        }
        for change: [Change] in [
            [.set("status", "importing")],
            [.set("lastUpdatedAt", "2020-01-01T00:00:00.000000Z"), .set("action", ["REMOVE"])],
        ] {
            try await database.withStore("targets") { store, collections in
                _ = try await store.write { try $0.update(in: collections[0], where: .all, change) }
            }
            #expect(try await database.targets(both) == before)
        }
    }

    @Test("a clock that steps back does not make a target contradict the job that touched it last")
    func clockStepsBack() async throws {
        let database = try TemporaryDatabase()
        let before = try await database.withService(both, configuration: configuration) { client in
            let ids = try await client.create(
                SampleJob.add("A_SET"), SampleJob.add("B_SET"), SampleJob.bump(["A_SET": "PENDING_RELEASE"]))
            for id in ids { try await client.update(id, to: "completed") }
            // In progress after the release.
            _ = try await client.create(SampleJob.add("A_SET"))
            return try await client.list("/targets")
        }
        // As if all that was finished had been so while the clock was ahead.
        let later = JSON.string("2999-01-01T00:00:00.000000Z")
        try await database.withStore("completed") { store, collections in
            try await store.write { transaction in
                for operation: JSON in ["ADD", "BUMP"] {
                    var ids: [JSON] = []
                    let isIts = Filter.equal("parameters.operation", operation)
                    try transaction.find(in: collections[0], Query(isIts)) {
                        if let id = try Document(position: $0, bytes: $1).json()["jobId"] { ids.append(id) }
                        return .next
                    }
                    for id in ids {
                        _ = try transaction.update(
                            in: collections[0], where: .equal("jobId", id),
                            [.set("log", [["at": later, "message": "Set status: completed"]])])
                    }
                }
            }
        }
        let targets = try await database.targets(both)
        #expect(targets.first { $0["name"] == "A_SET" } == before.first { $0["name"] == "A_SET" })
        // What only finished jobs tell of is as the last of them says.
        #expect(targets.first { $0["name"] == "B_SET" }?["lastUpdatedAt"] == later)
    }

    @Test("a target that claims to be later than its job is brought up to date")
    func later() async throws {
        let database = try TemporaryDatabase()
        let before = try await database.withService(both) { client in
            try await client.update(try await client.create(SampleJob.add("A_SET"))[0], to: "completed")
            return try await client.list("/targets")
        }
        let later: [Change] = [.set("lastUpdatedAt", "2999-01-01T00:00:00.000000Z"), .set("status", "failed")]
        try await database.withStore("targets") { store, collections in
            _ = try await store.write { try $0.update(in: collections[0], where: .all, later) }
        }
        #expect(try await database.targets(both) == before)
    }

    @Test("a release while the target's job is in progress is kept")
    func releaseDuringJob() async throws {
        let database = try TemporaryDatabase()
        let before = try await database.withService(both, configuration: configuration) { client in
            let ids = try await client.create(SampleJob.add("A_SET"), SampleJob.bump(["A_SET": "PENDING_RELEASE"]))
            try await client.update(ids[1], to: "completed")
            return try await client.list("/targets")
        }
        #expect(before.first { $0["name"] == "A_SET" }?["action"]?.array?.first == "RELEASED")
        #expect(try await database.targets(both) == before)
    }

    @Test("a job that was asked for earlier but entered later than the one before it keeps its target")
    func earlierInstant() async throws {
        let database = try TemporaryDatabase()
        let before = try await database.withService(both) { client in
            try await client.update(try await client.create(SampleJob.add("A_SET"))[0], to: "completed")
            _ = try await client.create(SampleJob.add("A_SET"))
            return try await client.list("/targets")
        }
        // As if the request for the second job had waited until the first one was finished.
        let early = "2020-01-01T00:00:00.000000Z"
        try await database.withStore("inprogress", "targets") { store, collections in
            try await store.write { transaction in
                _ = try transaction.update(in: collections[0], where: .all, [.set("createdAt", .string(early))])
                _ = try transaction.update(in: collections[1], where: .all, [.set("lastUpdatedAt", .string(early))])
            }
        }
        let log = LogRecorder()
        let targets = try await database.targets(both, log: log)
        #expect(targets.map { $0["status"] } == ["queued"] && targets.map { $0["lastUpdatedAt"] } == [.string(early)])
        #expect(targets.map(\.withoutInstant) == before.map(\.withoutInstant))
        #expect(log.messages.contains { $0.hasPrefix("0 targets were missing or stale") })

        // What is stale is mended with what the later job says, although its instants are earlier.
        try await database.withStore("targets") { store, collections in
            let stale: [Change] = [.set("lastUpdatedAt", "2019-01-01T00:00:00.000000Z"), .set("status", "failed")]
            _ = try await store.write { try $0.update(in: collections[0], where: .all, stale) }
        }
        #expect(try await database.targets(both) == targets)
    }

    @Test("jobs of other origin, which lack this and that, do not keep the service from starting")
    func incomplete() async throws {
        let database = try TemporaryDatabase()
        try await database.withStore("completed") { store, collections in
            let documents: [JSON] = [
                [:], ["jobId": "1"], ["jobId": "2", "parameters": "text"],
                [
                    "jobId": "3", "status": "completed", "parameters": ["target": "X"],
                    "createdAt": "2020-01-01T00:00:00Z",
                ],
                ["jobId": "4", "status": "completed", "parameters": ["target": "Y", "operation": "BUMP"], "log": [1]],
            ]
            try await store.write { transaction in
                for document in documents { try transaction.insert(document.bytes, into: collections[0]) }
            }
        }
        let expected: JSON = [
            "name": "X", "lastUpdatedAt": "2020-01-01T00:00:00Z", "status": "completed", "action": [],
        ]
        #expect(try await database.targets(both) == [expected])
    }
}

@Suite("The mark of the rebuild")
struct RebuildMarkTests {
    private let both: [any Module.Type] = [JobsModule.self, TargetsModule.self]

    @Test("a later start compares only the latest jobs and those since the last one")
    func cheap() async throws {
        let database = try TemporaryDatabase()
        try await database.fill(0..<2600)
        #expect(try await database.comparedAtStart(both) == 2600)
        #expect(try await database.comparedAtStart(both) == 500)
        try await database.fill(2600..<4400)
        #expect(try await database.comparedAtStart(both) == 2300)
        #expect(try await database.comparedAtStart(both) == 500)
        #expect(try await database.targets(both).count == 4400)
    }

    @Test("all jobs are compared again when targets have gone")
    func targetsGone() async throws {
        let database = try TemporaryDatabase()
        try await database.fill(0..<1600)
        _ = try await database.comparedAtStart(both)
        try await database.withStore("targets") { store, collections in
            _ = try await store.write { try $0.delete(in: collections[0], where: .all) }
        }
        #expect(try await database.comparedAtStart(both) == 1600)
        #expect(try await database.targets(both).count == 1600)
    }

    @Test("what later jobs tell of is not set back while earlier ones are compared")
    func neverBack() async throws {
        let database = try TemporaryDatabase()
        // More than are written together, the last of which have the first ones' targets: by name, and by release.
        try await database.fill(0..<2400)
        try await database.withService(both, configuration: "modules: { jobs: { bumpEnabled: true } }") { client in
            let ids = try await client.create(
                SampleJob.add("SET_1"), SampleJob.bump(["SET_2": "PENDING_RELEASE", "SET_3": "DRAFT"]))
            for id in ids { try await client.update(id, to: "completed") }
        }
        let before = try await database.targets(both)
        try await database.withStore("targetmarks") { store, collections in
            _ = try await store.write { try $0.delete(in: collections[0], where: .all) }
        }
        let log = LogRecorder()
        #expect(try await database.targets(both, log: log) == before)
        #expect(log.messages.contains("0 targets were missing or stale; 2402 jobs were compared"))
    }

    @Test("a mark that makes no sense is no mark")
    func brokenMark() async throws {
        let database = try TemporaryDatabase()
        try await database.fill(0..<1100)
        _ = try await database.comparedAtStart(both)
        try await database.withStore("targetmarks") { store, collections in
            _ = try await store.write { try $0.update(in: collections[0], where: .all, [.set("low", "?")]) }
        }
        #expect(try await database.comparedAtStart(both) == 1100)
    }
}

extension JSON {
    fileprivate var withoutInstant: JSON {
        guard var object else { return self }
        object["lastUpdatedAt"] = nil
        return .object(object)
    }
}

extension TemporaryDatabase {
    /// What a service that is started on it lists as targets.
    fileprivate func targets(_ modules: [any Module.Type], log: LogRecorder = LogRecorder()) async throws -> [JSON] {
        try await withService(modules, log: log) { try await $0.list("/targets") }
    }

    /// Puts a completed job for each number into it.
    fileprivate func fill(_ numbers: Range<Int>) async throws {
        try await withStore("completed") { store, collections in
            try await store.write { transaction in
                for number in numbers {
                    let job = SampleJob.stored(
                        "job-\(number)", target: "SET_\(number)", status: "completed",
                        at: Timestamp(microseconds: 1_700_000_000_000_000 + Int64(number)).description)
                    try transaction.insert(job.bytes, into: collections[0])
                }
            }
        }
    }

    /// How many jobs a start compares with their targets.
    fileprivate func comparedAtStart(_ modules: [any Module.Type]) async throws -> Int {
        let log = LogRecorder()
        try await withService(modules, log: log) { _ in }
        let message = try #require(log.messages.first { $0.contains("targets were missing or stale") })
        return try #require(message.split(separator: " ").compactMap { Int($0) }.last)
    }
}
