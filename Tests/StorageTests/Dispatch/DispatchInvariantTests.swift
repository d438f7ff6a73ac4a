import Glibc
import Kernel
import KernelTesting
import Synchronization
import Testing

/// What must hold of leases, held against the history of random runs: executors that work, beat, vanish, come back with
/// old tokens and repeat their claims, executors without leases, people who pause, cancel and resolve, and somebody who
/// asks whether it is safe. DISPATCH_RUNS says how many runs there are on each engine, and lets MongoDB have as many jobs as
/// SQLite; else its stand-in, which everybody waits for, gets a quarter of them.
@Suite("Invariants of dispatch", .serialized)
struct DispatchInvariantTests {
    private static let runs = getenv("DISPATCH_RUNS").flatMap { Int(String(cString: $0)) }

    @Test("hold whatever executors and people do", arguments: Engine.available, 0..<(runs ?? 1))
    func hold(engine: Engine, seed: Int) async throws {
        try await engine.withDatabase { url in
            try await DispatchService.with(engine.instances, on: url, DispatchService.brief) { clients in
                let jobs = engine == .mongodb && Self.runs == nil ? 10 : 40
                let world = DispatchWorld(clients, jobs: jobs, seed: UInt64(seed))
                try await world.run()
                var history = DispatchHistory()
                for event in try await world.events() { history.take(event) }
                history.finish()
                for window in world.safeWindows.withLock({ $0 }) {
                    #expect(!history.safe.isDisjoint(with: window), "said to be safe between \(window)")
                }
                #expect(history.grants >= jobs / 2 && history.fencedUpdates > 0)
                print(
                    "dispatch on \(engine), run \(seed): \(history.grants) grants, \(history.fencedUpdates) fenced "
                        + "updates, \(history.holds) held, \(history.pauses) pauses, "
                        + "\(world.safeWindows.withLock { $0.count }) times safe, \(world.refusals.value) refused")
            }
        }
    }
}

/// Everybody who uses the services of one run.
private final class DispatchWorld: Sendable {
    private static let executors = 6

    let clients: [TestClient]
    let jobs: Int
    let seed: UInt64
    /// Between which events it was said to be safe.
    let safeWindows = Mutex<[ClosedRange<Int>]>([])
    /// How many updates with old tokens were refused.
    let refusals = Counter()
    private let isOver = Atomic(false)
    private let old = Mutex<[HeldLease]>([])

    init(_ clients: [TestClient], jobs: Int, seed: UInt64) {
        (self.clients, self.jobs, self.seed) = (clients, jobs, seed)
    }

    func run() async throws {
        try await withThrowingTaskGroup { group in
            for number in 0..<Self.executors { group.addTask { try await self.execute(number) } }
            group.addTask { try await self.legacy() }
            group.addTask { try await self.ask() }
            group.addTask {
                try await self.post()
                try await self.finish()
            }
            try await group.waitForAll()
        }
    }

    private func dice(_ part: UInt64) -> Dice { Dice(seed: seed &* 1000 &+ part) }

    private func post() async throws {
        var dice = dice(100)
        for number in 0..<jobs {
            let operation = ["ADD", "ADD", "CHANGE", "REMOVE"][dice.roll(4)]
            _ = try await dice.one(of: clients).postJob("T\(number)", operation)
            let client = dice.one(of: clients)
            switch dice.roll(6) {
            case 0: try await client.pause(true)
            case 1, 2: try await client.pause(false)
            case 3: try await resolve(dice.one(of: ["requeue", "fail"]))
            case 4:
                if let job = try await client.leases().first?["jobId"]?.string, dice.roll(3) == 0 {
                    _ = try await client.post("/dispatch/cancels", ["jobId": .string(job), "reason": "not wanted"])
                }
            default: try await Task.sleep(for: .milliseconds(dice.roll(200)))
            }
        }
    }

    private func resolve(_ action: String) async throws {
        for lease in try await clients[0].leases() where lease["state"] == "held" {
            _ = try await clients[0].resolve(lease["jobId"]?.string ?? "", action)
        }
    }

    /// Has all jobs come to their end.
    private func finish() async throws {
        defer { isOver.store(true, ordering: .relaxed) }
        try await clients[0].pause(false)
        let isDone = try await Patience.until {
            try await resolve("requeue")
            try await Task.sleep(for: .milliseconds(50))
            return try await clients[0].get("/jobs?ignoreCompleted=true").json.array?.isEmpty == true
        }
        #expect(isDone)
        try await clients[0].pause(true)
        #expect(try await clients[0].get("/dispatch/drain").json["safe"] == true)
    }

    private func execute(_ number: Int) async throws {
        var dice = dice(UInt64(number))
        while !isOver.load(ordering: .relaxed) {
            let id = UUID().description
            let (client, other) = (dice.one(of: clients), dice.one(of: clients))
            let operations = dice.one(of: [["ADD"], ["ADD", "REMOVE"], ["REMOVE", "ADD"]])
            let wait = dice.roll(2)
            // Where nobody knows what has become of a claim, it is sent again.
            let claim = { @Sendable (client: TestClient) in
                while true {
                    let reply = try await client.claim(operations, id: id, executor: "exec-\(number % 4)", wait: wait)
                    if reply.status != 503 { return reply }
                }
            }
            let reply: TestResponse
            if dice.roll(4) == 0 {
                async let twin = claim(other)
                reply = try await claim(client)
                let second = try await twin
                if let first = HeldLease(try reply.json), let second = HeldLease(try second.json) {
                    #expect(first.fence == second.fence && first.token == second.token)
                }
            } else {
                reply = try await claim(client)
            }
            // A grant whose reply was lost for longer than a lease is held when it is asked for again.
            #expect(reply.status == 200 || reply.code == "dispatch.claim-ended", "\(reply.text)")
            if let lease = HeldLease(try reply.json) { try await work(lease, &dice) }
            try await tryOldToken(&dice)
        }
    }

    private func work(_ lease: HeldLease, _ dice: inout Dice) async throws {
        for _ in 0..<dice.roll(4) {
            let client = dice.one(of: clients)
            let reply =
                dice.roll(2) == 0
                ? try await client.beat(lease)
                : try await client.update(
                    lease, dice.one(of: ["validating", "transforming", "built"]), log: "fence \(lease.fence)")
            if reply.status == 503 { continue }
            guard reply.status == 200 else { return #expect(reply.code == "dispatch.lease-lost", "\(reply.text)") }
            try await Task.sleep(for: .milliseconds(dice.roll(100)))
        }
        old.withLock { $0.append(lease) }
        let client = dice.one(of: clients)
        switch dice.roll(8) {
        case 0: break  // It vanishes, and is found silent.
        case 1:
            _ = try await client.post(
                "/dispatch/releases",
                [
                    "jobId": .string(lease.job), "token": .string(lease.token),
                    "delaySeconds": .integer(Int64(dice.roll(2))),
                ])
        default: _ = try await client.update(lease, dice.one(of: ["completed", "failed"]), log: "fence \(lease.fence)")
        }
    }

    /// Somebody comes back who was taken for lost, or sends again what was sent.
    private func tryOldToken(_ dice: inout Dice) async throws {
        let known = old.withLock { $0 }
        guard !known.isEmpty else { return }
        let lease = known[dice.roll(known.count)]
        let reply = try await dice.one(of: clients).update(lease, "built", log: "fence \(lease.fence)")
        if reply.code == "dispatch.lease-lost" { refusals.add() }
    }

    /// An executor that takes no leases, of an operation that the others do not have, and of one that they have.
    private func legacy() async throws {
        var dice = dice(200)
        while !isOver.load(ordering: .relaxed) {
            let client = dice.one(of: clients)
            let wanted = dice.roll(4) == 0 ? "ADD" : "CHANGE"
            let isPaused = try await client.get("/maintenance-status").json["paused"] == true
            let job = try await client.get("/jobs?status=queued&operation=\(wanted)&limit=1").json.array?.first
            if let id = job?["jobId"]?.string, !isPaused || wanted == "ADD" {
                let begun = try await client.put("/jobs/\(id)", ["status": "initiated", "log": "legacy"])
                if begun.status == 200 {
                    try await Task.sleep(for: .milliseconds(dice.roll(50)))
                    try await end(id)
                } else {
                    #expect(begun.code == "dispatch.leased" || begun.status == 404 || begun.status == 503)
                }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func end(_ id: String) async throws {
        while true {
            let reply = try await clients[0].put("/jobs/\(id)", ["status": "completed", "log": "legacy"])
            if reply.status == 503 { continue }
            return #expect(reply.status == 200, "\(reply.text)")
        }
    }

    private func ask() async throws {
        var dice = dice(300)
        while !isOver.load(ordering: .relaxed) {
            let client = dice.one(of: clients)
            let first = try await end(of: client)
            let reply = try await client.get("/dispatch/drain?wait=\(dice.roll(2))")
            guard try reply.json["safe"] == true else { continue }
            let last = try await end(of: client)
            safeWindows.withLock { $0.append(first...last) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func end(of client: TestClient) async throws -> Int {
        let next = try await client.get("/events?after=now").json["next"]?.string
        return try #require(next.flatMap { Int($0.prefix(20)) })
    }

    func events() async throws -> [JSON] {
        var (events, after): ([JSON], String) = ([], "start")
        while true {
            let page = try await clients[0].get("/events?limit=1000&after=\(after)").json
            guard let found = page["events"]?.array, !found.isEmpty else { return events }
            events += found
            after = page["next"]?.string ?? after
        }
    }
}
