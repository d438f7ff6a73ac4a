import Kernel
import KernelTesting
import Testing

@Suite("Dispatch", .serialized)
struct DispatchTests {
    @Test("hands a job out with a lease, and takes updates with its token alone", arguments: Engine.available)
    func lease(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            let id = try #require(try await client.postJob("A"))
            let reply = try await client.claim()
            let lease = try #require(HeldLease(try reply.json))
            #expect(lease.job == id)
            let job = try await client.get("/jobs/\(id)").json
            #expect(try reply.json["lease"]?["job"] == job)
            #expect(job["status"] == "initiated")
            #expect(try await client.update(lease, "validating").status == 200)
            let without = try await client.put("/jobs/\(id)", ["status": "built"])
            #expect((without.status, without.code) == (409, "dispatch.leased"))
            let wrong = try await client.put(
                "/jobs/\(id)", ["status": "built"], headers: ["X-Lease-Token": "0123456789abcdef"])
            #expect((wrong.status, wrong.code) == (409, "dispatch.lease-lost"))
            #expect(try await client.get("/jobs/\(id)").json["status"] == "validating")
            let beat = try await client.beat(lease)
            #expect(try beat.json == ["leaseSeconds": 60, "command": "continue"])
            #expect(try await client.update(lease, "completed", log: "done").status == 200)
            #expect(try await client.leases().isEmpty)
            #expect(try await client.beat(lease).code == "dispatch.lease-lost")
            // A reply that was lost, and somebody who never had that lease.
            #expect(try await client.update(lease, "completed").status == 200)
            #expect(try await client.update(lease, "failed").status == 404)
            let other = try await client.put(
                "/jobs/\(id)", ["status": "completed"], headers: ["X-Lease-Token": "0123456789abcdef"])
            #expect(other.code == "dispatch.lease-lost")
        }
    }

    @Test("gives a repeated claim the same lease, once", arguments: Engine.available)
    func repeated(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            for target in ["A", "B", "C"] { _ = try await client.postJob(target) }
            let id = UUID().description
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try await client.claim(id: id).text } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(texts.count == 1, "\(texts)")
            #expect(try await client.leases().count == 1)
            #expect(try await client.claim(id: id.uppercased()).text == texts.first)
            let other = try await client.claim(["CHANGE"], id: id)
            #expect((other.status, other.code) == (422, "dispatch.claim-reused"))
            // An executor may have been started under another name.
            #expect(try await client.claim(id: id, executor: "exec-2").text == texts.first)
            let lease = try #require(HeldLease(try await client.claim(id: id).json))
            #expect(try await client.update(lease, "failed").status == 200)
            let ended = try await client.claim(id: id)
            #expect((ended.status, ended.code) == (409, "dispatch.claim-ended"))
            let metrics = try await client.get("/metrics").text
            for reason in ["claim-reused", "claim-ended"] {
                #expect(metrics.contains(#"dispatch_claims_total{outcome="refused",reason="\#(reason)"} 1"#))
            }
        }
    }

    @Test(
        "serves those first who came first, and jobs by the priority of their operations", arguments: Engine.available)
    func order(engine: Engine) async throws {
        try await DispatchService.with(engine, "priority: [REMOVE, CHANGE]") { client in
            for operation in ["ADD", "CHANGE", "REMOVE", "ADD"] {
                _ = try await client.postJob("T\(try await client.get("/jobs").json.array?.count ?? 0)", operation)
            }
            var operations: [String] = []
            for _ in 0..<4 {
                let reply = try await client.claim(["ADD", "CHANGE", "REMOVE"])
                operations.append(try reply.json["lease"]?["job"]?["parameters"]?["operation"]?.string ?? "none")
            }
            #expect(operations == ["REMOVE", "CHANGE", "ADD", "ADD"])

            let served = Served()
            try await withThrowingTaskGroup { group in
                for number in 0..<4 {
                    group.addTask {
                        let reply = try await client.claim(wait: 20)
                        await served.add(number, try #require(HeldLease(try reply.json)).fence)
                    }
                    try await client.untilWaiting(number + 1)
                }
                for number in 0..<4 {
                    _ = try await client.postJob("W\(number)")
                    #expect(await Patience.until { await served.order.count == number + 1 })
                }
                try await group.waitForAll()
            }
            #expect(await served.order == [0, 1, 2, 3])
        }
    }

    private actor Served {
        private var fences: [(Int, Int64)] = []
        var order: [Int] { fences.sorted { $0.1 < $1.1 }.map(\.0) }
        func add(_ number: Int, _ fence: Int64) { fences.append((number, fence)) }
    }

    @Test("hands nothing out in a pause, and at once what there is at its end", arguments: Engine.available)
    func pause(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            _ = try await client.postJob("A")
            let running = try await client.lease()
            try await client.pause(true)
            #expect(try await client.beat(running).json["command"] == "drain")
            let id = try await client.postJob("B")
            #expect(try await client.claim(wait: 1).json == ["lease": .null, "paused": true])
            async let waiting = client.lease(wait: 20)
            try await client.untilWaiting(1)
            try await client.pause(false)
            #expect(try await waiting.job == id)
        }
    }

    @Test("takes a job back into the queue, for later if that is wanted", arguments: Engine.available)
    func release(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            let id = try #require(try await client.postJob("A"))
            let first = try await client.lease()
            #expect(try await client.release(first, delay: 0).status == 200)
            #expect(try await client.release(first, delay: 0).status == 200)
            let second = try await client.lease()
            #expect(second.fence > first.fence)
            #expect(try await client.release(first, delay: 0).status == 200)
            #expect(try await client.leases().count == 1)
            #expect(try await client.release(second, delay: 2).status == 200)
            #expect(try await client.claim().json["lease"] == .null)
            #expect(try await client.leases().first?["state"] == "delayed")
            let third = try await client.lease(wait: 20)
            #expect(third.fence > second.fence)
            #expect(try await client.update(second, "built").code == "dispatch.lease-lost")
            let lines = try await client.get("/jobs/\(id)").json["log"]?.array?.map { $0["message"]?.string ?? "" }
            #expect(lines?.filter { $0 == "no room" }.count == 2)
        }
    }

    @Test("holds the job of a silent executor until somebody says what becomes of it", arguments: Engine.available)
    func held(engine: Engine) async throws {
        try await DispatchService.with(engine, "\(DispatchService.brief), onLost: {requeue: [CHANGE]}") { client in
            let id = try #require(try await client.postJob("A"))
            let lost = try await client.lease()
            try await client.untilHeld(id)
            #expect(try await client.get("/jobs/\(id)").json["status"] == "initiated")
            #expect(try await client.update(lost, "completed").code == "dispatch.lease-lost")
            #expect(try await client.beat(lost).code == "dispatch.lease-lost")
            #expect(try await client.put("/jobs/\(id)", ["status": "failed"]).code == "dispatch.leased")
            #expect(try await client.cancel(id).code == "dispatch.held")
            #expect(try await client.claim().json["lease"] == .null)
            #expect(try await client.resolve(id, "requeue").status == 200)
            #expect(try await client.resolve(id, "requeue").code == "dispatch.not-held")
            let next = try await client.lease()
            #expect(next.job == id && next.fence > lost.fence)
            try await client.untilHeld(id)
            #expect(try await client.resolve(id, "fail").status == 200)
            #expect(try await client.get("/jobs/\(id)").json["status"] == "failed")
            #expect(try await client.resolve("none", "fail").status == 404)

            let other = try await client.postJob("B", "CHANGE")
            let before = try await client.lease(["CHANGE"])
            let after = try await client.lease(["CHANGE"], wait: 20)
            #expect(after.job == other && after.fence > before.fence)
        }
    }

    @Test("cancels what is queued, and asks whoever has it to give up", arguments: Engine.available)
    func cancel(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            let (a, b) = (try #require(try await client.postJob("A")), try #require(try await client.postJob("B")))
            let lease = try await client.lease()
            #expect(try await client.cancel(b).json == ["outcome": "failed"])
            #expect(try await client.get("/jobs/\(b)").json["status"] == "failed")
            #expect(try await client.cancel(a).json == ["outcome": "asked"])
            #expect(try await client.beat(lease).json["command"] == "cancel")
            #expect(try await client.update(lease, "failed").status == 200)
            #expect(try await client.cancel(a).status == 404)
            let legacy = try #require(try await client.postJob("C"))
            #expect(try await client.put("/jobs/\(legacy)", ["status": "initiated"]).status == 200)
            #expect(try await client.cancel(legacy).code == "dispatch.untracked")
        }
    }

    @Test("tells when it is safe to upgrade", arguments: Engine.available)
    func drain(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            let legacy = try #require(try await client.postJob("L", "CHANGE"))
            #expect(try await client.put("/jobs/\(legacy)", ["status": "initiated"]).status == 200)
            _ = try await client.postJob("A")
            let lease = try await client.lease()
            _ = try await client.postJob("B")
            let before = try await client.get("/dispatch/drain").json
            #expect(before["safe"] == false && before["paused"] == false)
            #expect(before["running"]?.array?.map { $0["jobId"]?.string } == [lease.job])
            #expect(before["untracked"]?.array?.map { $0["jobId"]?.string } == [legacy])
            try await client.pause(true)
            #expect(try await client.put("/jobs/\(legacy)", ["status": "completed"]).status == 200)
            #expect(try await client.get("/dispatch/drain").json["safe"] == false)
            async let safe = client.get("/dispatch/drain?wait=20").json
            #expect(try await client.update(lease, "completed").status == 200)
            #expect(try await safe == ["safe": true, "paused": true, "running": [], "untracked": []])
        }
    }
}

extension TestClient {
    func untilWaiting(_ count: Int) async throws {
        let isSo = try await Patience.until {
            try await get("/metrics").text.contains("dispatch_claims_waiting \(count)\n")
        }
        #expect(isSo)
    }
}
