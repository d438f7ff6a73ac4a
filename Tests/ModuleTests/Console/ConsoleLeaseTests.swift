import JobDispatch
import Kernel
import KernelTesting
import Testing

@Suite("Leases on the console")
struct ConsoleLeaseTests {
    /// - Parameter lease: how long an executor may be silent.
    private func withLease(
        _ lease: String, _ body: (_ client: TestClient, _ id: String, _ token: String) async throws -> Void
    ) async throws {
        let configuration = "console: {enabled: true}, dispatch: {enabled: true, lease: \(lease), grace: 100ms}"
        try await withConsole(configuration: configuration, extra: [DispatchModule.self]) { client in
            let id = try await client.create(SampleJob.add("HELD"))[0]
            let claim: JSON = [
                "claimId": "0f2a6c1e-8f0b-4a53-9d7e-2b1c0a9f8e7d", "executor": "exec <1>", "operations": ["ADD"],
            ]
            let reply = try await client.post("/dispatch/claims", claim)
            let token = try #require(try reply.json["lease"]?["token"]?.string)
            try await body(client, id, token)
        }
    }

    @Test("a page tells who works on what, which nobody else can end")
    func live() async throws {
        try await withLease("1h") { client, id, token in
            let started = try await client.put(
                "/jobs/\(id)", ["status": "importing"], headers: ["X-Lease-Token": token])
            #expect(started.status == 200)
            let running = try await client.page("/console")
            #expect(running.contains("exec &lt;1&gt;") && running.contains("Executor"))
            let early = try await client.form("/console/jobs/\(id)/resolve", ["reason": "x", "action": "requeue"])
            #expect(early.status == 409 && early.text.contains("It is not held"))
        }
    }

    @Test("a page tells what is held until somebody says what becomes of it")
    func held() async throws {
        try await withLease("1s") { client, id, _ in
            let isHeld = try await Patience.until {
                try await client.list("/dispatch/leases").first?["state"] == "held"
            }
            #expect(isHeld)
            for path in ["/console", "/console/jobs/\(id)"] {
                let page = try await client.page(path)
                #expect(page.contains("Held") && page.contains("exec &lt;1&gt;"), "\(path)")
            }
            let maintenance = try await client.page("/console/maintenance")
            #expect(maintenance.contains("job-\(id)"))
            let form = try await client.page("/console/jobs/\(id)/resolve")
            #expect(form.contains("Queue it again") && form.contains("Fail the job"))
            let silent = try await client.form("/console/jobs/\(id)/resolve", ["action": "requeue"])
            #expect(silent.status == 400 && silent.text.contains("Say why"))
            let unknown = try await client.form("/console/jobs/\(id)/resolve", ["reason": "x", "action": "burn"])
            #expect(unknown.status == 400)
            let done = try await client.form(
                "/console/jobs/\(id)/resolve", ["reason": "its machine is gone", "action": "requeue"])
            #expect(done.status == 303)
            let job = try await client.get("/jobs/\(id)").json
            #expect(job["status"] == "queued")
            let again = try await client.form(
                "/console/jobs/\(id)/resolve", ["reason": "its machine is gone", "action": "requeue"])
            #expect(again.status == 409)
        }
    }
}
