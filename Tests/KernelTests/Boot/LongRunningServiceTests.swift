import Kernel
import KernelTesting
import Synchronization
import Testing

@Suite("Services that are at work while the service runs")
struct LongRunningServiceTests {
    /// Does what the test says, and tells of its life.
    private struct Worker: LongRunningService {
        let name: String
        let events: Events
        let work: @Sendable () async throws -> Void

        func start() async throws { events.add("start \(name)") }

        func run() async throws {
            events.add("run \(name)")
            defer { events.add("end \(name)") }
            try await work()
        }

        func stop() async { events.add("stop \(name)") }
    }

    private struct Broken: Error, CustomStringConvertible {
        let description = "the other side has hung up"
    }

    @Test("they run from the end of their start to the stop, and end in reverse order, each before its stop")
    func life() async throws {
        let events = Events()
        let running = (Gate(), Gate())
        try await withService { kernel in
            for (name, gate) in [("a", running.0), ("b", running.1)] {
                kernel.service(
                    Worker(name: name, events: events) {
                        gate.open()
                        try await Gate().passed()
                    })
            }
        } _: { client in
            try await running.0.passed()
            try await running.1.passed()
            #expect(try await client.get("/health/ready").status == 200)
            #expect(try await client.get("/metrics").text.contains(#"_service_restarts_total{service="a"} 0"#))
        }
        #expect(events.all.filter { $0.hasSuffix("a") } == ["start a", "run a", "end a", "stop a"])
        let ends = events.all.filter { $0.hasPrefix("end") || $0.hasPrefix("stop") }
        #expect(ends == ["end b", "stop b", "end a", "stop a"])
    }

    @Test("one that ends is begun again, whether it has failed or returned, and is told of once for each reason")
    func restarts() async throws {
        let log = LogRecorder()
        let count = Mutex(0)
        let (isMended, isRunning) = (Gate(), Gate())
        try await withService(log: log) { kernel in
            kernel.service(
                Worker(name: "follower", events: Events()) {
                    let turn = count.withLock { count in
                        count += 1
                        return count
                    }
                    if turn <= 2 { throw Broken() }
                    guard isMended.isOpen else { return }
                    isRunning.open()
                    try await Gate().passed()
                })
        } _: { client in
            // Not by a single end, which may be an accident.
            var ready = try await client.get("/health/ready", headers: ["Accept": "application/json"])
            while ready.status == 200 {
                try await Task.sleep(for: .milliseconds(2))
                ready = try await client.get("/health/ready", headers: ["Accept": "application/json"])
            }
            #expect(ready.text.contains("follower ended") && ready.text.contains("times: "))
            await Patience.until { count.withLock { $0 } > 3 }
            isMended.open()
            try await isRunning.passed()
            let turns = count.withLock { $0 }
            let metrics = try await client.get("/metrics")
            #expect(metrics.text.contains(#"_service_restarts_total{service="follower"} \#(turns - 1)"#))
        }
        let told = log.messages.filter { $0.hasPrefix("follower has ended") }
        #expect(
            told == [
                "follower has ended and is begun again: the other side has hung up",
                "follower has ended and is begun again: it has returned",
            ])
    }

    @Test("one that does not start is not run, and what had been started is ended")
    func brokenStart() async throws {
        struct Unstartable: LongRunningService {
            let name = "unstartable"
            func start() async throws { throw Broken() }
            func run() async throws { Issue.record("it must not run") }
        }
        let events = Events()
        await #expect(throws: BootFailure.self) {
            try await withService { kernel in
                kernel.service(Worker(name: "first", events: events) { try await Gate().passed() })
                kernel.service(Unstartable())
            } _: { _ in
                Issue.record("it must not start")
            }
        }
        #expect(events.all.first == "start first" && events.all.last == "stop first")
    }

    @Test("one that takes no notice of the stop holds it up for no longer than its limit")
    func deaf() async throws {
        let log = LogRecorder()
        let (isRunning, isOver) = (Gate(), Gate())
        try await withService(configuration: "lifecycle: {stop: 100ms}", log: log) { kernel in
            kernel.service(
                Worker(name: "deaf", events: Events()) {
                    isRunning.open()
                    await isOver.passedEvenIfCancelled()
                })
        } _: { _ in
            try await isRunning.passed()
        }
        isOver.open()
        #expect(log.messages.contains { $0.contains("service 'deaf' of module 'adHoc' did not finish within") })
    }

    @Test("work that is done again and again never overlaps itself, and tells of a failure once until that changes")
    func periodic() async throws {
        let log = LogRecorder()
        let state = Mutex((turns: 0, atWork: 0, most: 0))
        try await withService(log: log) { kernel in
            kernel.every(.milliseconds(1), "tidying") {
                let turn = state.withLock { state in
                    state.turns += 1
                    state.atWork += 1
                    state.most = max(state.most, state.atWork)
                    return state.turns
                }
                defer { state.withLock { $0.atWork -= 1 } }
                await Task.yield()
                if turn < 4 { throw Broken() }
                if turn == 5 { throw StoreError.unavailable(reason: "the disk is full", retryAfter: 1) }
            }
        } _: { client in
            await Patience.until { state.withLock { $0.turns } >= 8 }
            let ready = try await client.get("/health/ready")
            #expect(ready.status == 200)
        }
        let turns = state.withLock { $0.turns }
        #expect(state.withLock { $0.most } == 1)
        let told = log.messages.filter { $0.hasPrefix("tidying") }
        #expect(
            told == [
                "tidying has failed and is tried again at its next turn: the other side has hung up",
                "tidying works again",
                "tidying has failed and is tried again at its next turn: the disk is full",
                "tidying works again",
            ])
        #expect(state.withLock { $0.turns } == turns, "there are no turns after the stop")
    }

    @Test("a turn under way is cancelled at the stop, and a long pause holds nothing up")
    func periodicStop() async throws {
        let (isAtWork, wasCancelled) = (Gate(), Gate())
        try await withService { kernel in
            kernel.every(.milliseconds(1), "endless") {
                isAtWork.open()
                do { try await Gate().passed() } catch {
                    wasCancelled.open()
                    throw error
                }
            }
            kernel.every(.seconds(1 << 30), "rare") { Issue.record("its first turn is years away") }
        } _: { _ in
            try await isAtWork.passed()
        }
        #expect(wasCancelled.isOpen)
    }
}
