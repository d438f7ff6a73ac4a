import Kernel
import KernelTesting
import Testing

@testable import JobDispatch

@Suite("Bounds of dispatch", .serialized)
struct DispatchBoundsTests {
    @Test("leave the bytes of jobs as they are, and nothing where the module is off", arguments: Engine.available)
    func bytes(engine: Engine) async throws {
        try await engine.withDatabase { url in
            let on = try await DispatchService.with(url) { client in
                for target in ["A", "B", "C", "D"] { _ = try await client.postJob(target) }
                let leases = [try await client.lease(), try await client.lease()]
                #expect(try await client.update(leases[0], "completed", log: "x").status == 200)
                let bytes = try await client.get("/jobs").bytes
                return bytes
            }
            try await DispatchService.with(url, isOn: false) { client in
                #expect(try await client.get("/jobs").bytes == on)
                #expect(try await client.get("/dispatch/leases").status == 404)
                let described =
                    try await client.get("/openapi.json").text + (try await client.get("/asyncapi.json").text)
                #expect(!described.contains("dispatch") && !described.contains("lease."))
                let metrics = try await client.get("/metrics").text
                #expect(!metrics.contains("dispatch_"))
                // As it was before there was such a module.
                let id = try #require(
                    try await client.get("/jobs?status=initiated").json.array?.first?["jobId"]?.string)
                #expect(try await client.put("/jobs/\(id)", ["status": "completed"]).status == 200)
            }
            // A lease whose job was finished meanwhile keeps nothing from being safe.
            try await DispatchService.with(url, DispatchService.brief) { client in
                try await client.pause(true)
                let isSafe = try await Patience.until { try await client.get("/dispatch/drain").json["safe"] == true }
                #expect(isSafe)
            }
        }
    }

    @Test("let no more wait than may, and answer all at a stop", arguments: Engine.available)
    func waiting(engine: Engine) async throws {
        let replies = try await withThrowingTaskGroup(of: TestResponse.self) { group in
            try await DispatchService.with(engine, "waiting: 2") { client in
                for count in 1...2 {
                    group.addTask { try await client.claim(wait: 20) }
                    try await client.untilWaiting(count)
                }
                let refused = try await client.claim(wait: 20)
                #expect((refused.status, refused.code) == (503, "dispatch.too-many-claims"))
                #expect(refused.headers.values(of: "Retry-After") == ["5"])
            }
            let stopped = ContinuousClock.now
            let replies = try await group.reduce(into: []) { $0.append($1) }
            #expect(.now - stopped < .seconds(10))
            return replies
        }
        for reply in replies { #expect(try reply.json == ["lease": .null, "paused": false]) }
    }

    @Test("refuse what is no claim, no token and no job", arguments: Engine.available)
    func refusals(engine: Engine) async throws {
        try await DispatchService.with(engine) { client in
            _ = try await client.postJob("A")
            _ = try await client.postJob("B")
            let (a, b) = (try await client.lease(), try await client.lease())
            let crossed = try await client.put(
                "/jobs/\(a.job)", ["status": "built"], headers: ["X-Lease-Token": b.token])
            #expect(crossed.code == "dispatch.lease-lost")
            let bodies: [JSON] = [
                [:], [], ["claimId": "1"],
                ["claimId": .string(UUID().description), "executor": "", "operations": ["ADD"]],
                ["claimId": .string(UUID().description), "executor": "e", "operations": []],
                ["claimId": .string(UUID().description), "executor": "e", "operations": ["NONE"]],
                ["claimId": .string(UUID().description), "executor": "e", "operations": ["ADD"], "wait": 21],
                ["claimId": .string(UUID().description), "executor": "e", "operations": ["ADD"], "more": 1],
            ]
            for body in bodies { #expect(try await client.post("/dispatch/claims", body).status == 400) }
            for path in ["beats", "releases", "cancels", "resolutions"] {
                for body: JSON in [[:], [], ["jobId": 1], ["jobId": "x", "token": .null]] {
                    #expect(try await client.post("/dispatch/\(path)", body).status == 400)
                }
            }
            let unknown = try await client.post("/dispatch/beats", ["jobId": "x", "token": "y"])
            #expect((unknown.status, unknown.code) == (409, "dispatch.lease-lost"))
            #expect(try await client.get("/dispatch/drain?wait=21").status == 400)
        }
    }
}

@Suite("What a process has seen of leases")
struct LeaseClockTests {
    private let start = ContinuousClock.now

    private func lease(_ fence: Int, beat: Int, _ state: Lease.State = .live, delay: Int? = nil) -> Lease {
        Lease(
            fence: fence, state: state, job: "j", activeJob: "j", claim: "c", request: "r", salt: "s", token: "t",
            executor: "e", operation: "ADD", target: "A", beat: beat, grantedAt: .now, cancel: nil, delay: delay,
            end: nil)
    }

    @Test("counts a silence from the last change that it has seen, and anew where it could not look")
    func silence() {
        let clock = LeaseClock(blindness: .seconds(3))
        func look(_ seconds: Int, beat: Int) -> Duration {
            let now = start + .seconds(seconds)
            clock.note([lease(1, beat: beat)], at: now)
            return clock.age(of: lease(1, beat: beat), at: now)
        }
        #expect(look(0, beat: 0) == .zero)
        #expect(look(2, beat: 0) == .seconds(2))
        #expect(look(4, beat: 0) == .seconds(4))
        #expect(look(6, beat: 1) == .zero)
        #expect(look(8, beat: 1) == .seconds(2))
        // Blind for longer than it may be: whoever was silent may not have been heard.
        #expect(look(12, beat: 1) == .zero)
        #expect(look(14, beat: 1) == .seconds(2))
        // Another process, or the same one started again, knows nothing of that.
        let other = LeaseClock(blindness: .seconds(3))
        other.note([lease(1, beat: 1)], at: start + .seconds(100))
        #expect(other.age(of: lease(1, beat: 1), at: start + .seconds(100)) == .zero)
    }

    @Test("lets no older look undo a beat")
    func olderLook() {
        let clock = LeaseClock(blindness: .seconds(3))
        clock.note([lease(1, beat: 0)], at: start)
        clock.note(1, beat: 1, at: start + .seconds(2))
        clock.note([lease(1, beat: 0)], at: start + .seconds(2))
        #expect(clock.age(of: lease(1, beat: 1), at: start + .seconds(3)) == .seconds(1))
    }

    @Test("counts what is to be handed out later from when it was given back")
    func delay() {
        let clock = LeaseClock(blindness: .seconds(3))
        let delayed = lease(1, beat: 1, .delayed, delay: 10)
        clock.note(1, beat: 1, at: start)
        #expect(clock.rest(of: delayed, at: start + .seconds(4)) == .seconds(6))
        clock.note([delayed], at: start + .seconds(8))
        #expect(clock.rest(of: delayed, at: start + .seconds(11)) == .zero)
    }
}
