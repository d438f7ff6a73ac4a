import Jobs
import Kernel
import KernelTesting
import Targets
import Testing

@Suite("Jobs of a target")
struct TargetJobsTests {
    @Test("those in progress come first, and BUMP jobs whose manifest names the target are among them")
    func list() async throws {
        try await TemporaryDatabase().withService(
            [JobsModule.self, TargetsModule.self], configuration: "modules: { jobs: { bumpEnabled: true } }"
        ) { client in
            let first = try await client.create(SampleJob.add("A_SET"), SampleJob.add("OTHER"))[0]
            try await client.update(first, to: "completed")
            let bump = try await client.create(SampleJob.bump(["A_SET": "DRAFT", "B_SET": "PENDING_RELEASE"]))[0]
            try await client.update(bump, to: "completed")
            let second = try await client.create(SampleJob.add("A_SET"))[0]

            for path in ["/targets/A_SET/jobs", "/targets/A_SET"] {
                let jobs = try await client.list(path)
                #expect(jobs.map { $0["jobId"]?.string } == [second, first, bump])
                #expect(try await client.job(second) == jobs[0])
            }
            #expect(try await client.list("/targets/B_SET").map { $0["jobId"]?.string } == [bump])
            #expect(try await client.list("/targets/DATASTORE").map { $0["jobId"]?.string } == [bump])
        }
    }

    @Test("any name may be asked for", arguments: ["NONE", "lower", "%C3%A6", "A%2FB", "A%20B", "'"])
    func names(name: String) async throws {
        try await TemporaryDatabase().withService([JobsModule.self, TargetsModule.self]) { client in
            let reply = try await client.get("/targets/\(name)/jobs")
            #expect(reply.status == 200)
            #expect(reply.text == "[]")
        }
    }

    @Test("targets are only read", arguments: ["/targets", "/targets/A_SET", "/targets/A_SET/jobs"])
    func methods(path: String) async throws {
        try await TemporaryDatabase().withService([JobsModule.self, TargetsModule.self]) { client in
            for method: Method in [.post, .put, .delete, .patch] {
                let reply = try await client.send(method, path)
                #expect(reply.status == 405)
                #expect(reply.headers["Allow"] == "GET, HEAD, OPTIONS")
            }
        }
    }
}
