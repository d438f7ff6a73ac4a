import Jobs
import Kernel
import KernelTesting
import Testing

@testable import JobDispatch

/// What was sent, and whose answer was lost, is sent again: nothing comes of it but the same answer.
@Suite("Repetitions to dispatch", .serialized)
struct DispatchRepetitionTests {
    @Test("give all who wait under one claim's id the same lease", arguments: Engine.available)
    func twins(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            let id = UUID().description
            async let first = client.claim(id: id, wait: 20)
            async let second = client.claim(id: id, wait: 20)
            try await client.untilWaiting(2)
            _ = try await client.postJob("A")
            let (one, other) = (try await first, try await second)
            #expect(HeldLease(try one.json) != nil && one.text == other.text, "\(one.text) \(other.text)")
            #expect(try await client.leases().count == 1)
        }
    }

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

@Suite("Those who wait for jobs")
struct ClaimLineTests {
    private func claim(wait: Int) throws -> Claim {
        let body = Claim.Body(claimID: UUID().description, executor: "e", operations: [.add], wait: wait)
        return try Claim(body, by: try Request(.post, "/dispatch/claims"))
    }

    @Test("are told to come again if nobody has looked for them when the service stops")
    func stop() async throws {
        let line = ClaimLine(limit: 10)
        let (known, new) = (try claim(wait: 20), try claim(wait: 20))
        let first = Task { try await line.join(known) }
        #expect(await Patience.until { line.tickets.count == 1 })
        line.didLook(Set(line.tickets.map(\.number)), isPaused: false)
        let second = Task { try await line.join(new) }
        #expect(await Patience.until { line.tickets.count == 2 })
        line.endWaiting()
        guard case .nothing = try await first.value else { throw TestError("granted") }
        let late = Task { try await line.join(new) }
        for refused in [second, late] {
            let error = await #expect(throws: HTTPError.self) { _ = try await refused.value }
            #expect(error?.status == .serviceUnavailable && error?.retryAfter != nil)
        }
    }

    @Test("are so many as may, beside those who only ask")
    func limit() async throws {
        let line = ClaimLine(limit: 1)
        let (asking, waiting, refused) = (try claim(wait: 0), try claim(wait: 20), try claim(wait: 20))
        let asked = Task { try await line.join(asking) }
        #expect(await Patience.until { line.tickets.count == 1 })
        let waited = Task { try await line.join(waiting) }
        #expect(await Patience.until { line.tickets.count == 2 })
        let error = await #expect(throws: HTTPError.self) { _ = try await line.join(refused) }
        #expect(error?.code == "dispatch.too-many-claims")
        line.didLook(Set(line.tickets.map(\.number)), isPaused: false)
        guard case .nothing = try await asked.value else { throw TestError("granted") }
        line.endWaiting()
        _ = try await waited.value
    }
}
