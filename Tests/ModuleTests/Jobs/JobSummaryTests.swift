import Datastores
import Jobs
import Kernel
import KernelTesting
import Testing

@Suite("The summary of jobs")
struct JobSummaryTests {
    @Test("counts by status and operation, and names who waits and who works longest")
    func counts() async throws {
        let database = try TemporaryDatabase()
        try await database.withStore("inprogress", "completed") { store, collections in
            try await store.write { transaction in
                for (n, status) in ["queued", "queued", "built", "importing"].enumerated() {
                    var job =
                        SampleJob.stored(
                            "job-\(n)", target: "T\(n)", status: status, at: "2020-01-01T00:00:0\(n).000000Z"
                        ).object ?? JSONObject()
                    job["createdAt"] = .string("2020-01-01T00:00:0\(9 - n).000000Z")
                    try transaction.insert(JSON.object(job).bytes, into: collections[0])
                }
                let done = SampleJob.stored("done", target: "D", status: "failed", at: "2020-01-01T00:00:00.000000Z")
                try transaction.insert(done.bytes, into: collections[1])
            }
        }
        try await database.withService([JobsModule.self]) { client in
            let summary = try await client.get("/jobs/summary").json
            #expect(summary["inProgress"] == 4)
            #expect(summary["stuck"] == 4)
            #expect(summary["byStatus"]?["queued"] == 2)
            #expect(summary["byStatus"]?["built"] == 1)
            #expect(summary["byStatus"]?["validating"] == 0)
            #expect(summary["byStatus"]?["failed"] == nil)
            #expect(summary["byOperation"]?["ADD"] == 4)
            #expect(summary["byOperation"]?["BUMP"] == 0)
            let counts = summary["counts"]?.array?.map { "\($0["status"]?.string ?? "") \($0["count"]?.text ?? "")" }
            #expect(counts == ["queued 2", "built 1", "importing 1"])
            #expect(summary["oldestQueued"]?["jobId"] == "job-1")
            #expect(summary["longestRunning"]?["jobId"] == "job-3")
            #expect(summary["longestRunning"]?["updatedAt"] == "2020-01-01T00:00:03.000000Z")
        }
    }

    @Test("is of an empty register, too", arguments: TestClient.Transport.allCases)
    func empty(transport: TestClient.Transport) async throws {
        try await TemporaryDatabase().withService([JobsModule.self], transport: transport) { client in
            let reply = try await client.get("/jobs/summary")
            #expect(reply.status == 200)
            let summary = try reply.json
            #expect(summary["inProgress"] == 0)
            #expect(summary["counts"] == [])
            #expect(summary["oldestQueued"] == nil)
        }
    }

    @Test("of a datastore counts that one's jobs")
    func ofDatastore() async throws {
        let configuration = """
            modules: { datastores: { enabled: true, list: [
              { rdn: no.a, directory: /a }, { rdn: no.b, directory: /b } ] } }
            """
        let database = try TemporaryDatabase()
        try await database.withService(
            [JobsModule.self, DatastoresModule.self], configuration: configuration
        ) { client in
            for (rdn, target) in [("no.a", "X"), ("no.b", "X"), ("no.b", "Y")] {
                let reply = try await client.post("/datastores/\(rdn)/jobs", ["jobs": [SampleJob.add(target)]])
                #expect(reply.status == 200)
            }
            #expect(try await client.get("/datastores/no.b/jobs/summary").json["inProgress"] == 2)
            #expect(try await client.get("/datastores/no.a/jobs/summary").json["inProgress"] == 1)
            #expect(try await client.get("/jobs/summary").json["inProgress"] == 3)
            #expect(try await client.get("/datastores/no.c/jobs/summary").status == 404)
        }
    }
}
