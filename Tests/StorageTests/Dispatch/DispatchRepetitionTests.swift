import Kernel
import KernelTesting
import Testing

/// What was sent, and whose answer was lost, is sent again: nothing comes of it but the same answer.
@Suite("Repetitions to dispatch", .serialized)
struct DispatchRepetitionTests {
    @Test("put a job back into the queue once, by PUT or by release", arguments: Engine.available)
    func requeue(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            let id = try #require(try await client.postJob("A"))
            let first = try await client.lease()
            for _ in 0..<2 { #expect(try await client.update(first, "queued").status == 200) }
            let second = try await client.lease()
            #expect(try await client.update(first, "queued").code == "dispatch.lease-lost")
            for _ in 0..<2 { #expect(try await client.release(second, delay: 1).status == 200) }
            #expect(try await client.update(second, "queued").status == 200)
            #expect(try await client.leases().first?["state"] == "delayed")
            let third = try await client.lease(wait: 20)
            // Handed out again meanwhile: it was given back all the same.
            #expect(try await client.release(second, delay: 1).status == 200)
            #expect(try await client.update(third, "queued").status == 200)
            #expect(try await client.put("/jobs/\(id)", ["status": "initiated"]).status == 200)
            // Somebody without a lease works on it.
            #expect(try await client.update(third, "queued").code == "dispatch.lease-lost")
            #expect(try await client.get("/jobs/\(id)").json["status"] == "initiated")
        }
    }

    @Test("do not queue a job again that was cancelled", arguments: Engine.available)
    func cancelled(engine: Engine) async throws {
        try await DispatchService.with(engine, "onLost: {requeue: [ADD]}") { client in
            let id = try #require(try await client.postJob("A"))
            let lease = try await client.lease()
            #expect(try await client.cancel(id).json == ["outcome": "asked"])
            let queued = try await client.update(lease, "queued")
            #expect((queued.status, queued.code) == (409, "dispatch.cancelled"))
            #expect(try await client.get("/jobs/\(id)").json["status"] == "initiated")
            for delay in [60, 0] { #expect(try await client.release(lease, delay: delay).status == 200) }
            let job = try await client.get("/jobs/\(id)").json
            #expect(job["status"] == "failed")
            let lines = job["log"]?.array?.map { $0["message"]?.string ?? "" } ?? []
            #expect(lines.filter { $0 == "not wanted" }.count == 1, "\(lines)")
            #expect(try await client.leases().isEmpty)
        }
    }
}
