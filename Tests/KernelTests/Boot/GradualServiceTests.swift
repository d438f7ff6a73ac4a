import KernelTesting
import Testing

@testable import Kernel

@Suite("Work of the start that may take any time")
struct GradualServiceTests {
    private let log = LogRecorder()

    private func service(
        _ work: @escaping @Sendable (GradualService.Progress) async throws -> Void
    ) -> GradualService {
        GradualService("counting", log: Logger("test", sink: log), work: work)
    }

    @Test("what ends soon has been done when the start returns")
    func soon() async throws {
        let service = service { $0.report("1 thing counted") }
        try await service.start(waiting: Patience.limit)
        #expect(service.pending == nil)
        try await service.check.run()
        await service.stop()
    }

    @Test("what takes longer goes on, tells its progress, and keeps the service from being ready until it is done")
    func longer() async throws {
        let gate = Gate()
        let service = service { progress in
            progress.report("2 things counted")
            try await gate.passed()
        }
        try await service.start(waiting: .zero)
        #expect(await Patience.until { service.pending == "2 things counted" })
        let error = await #expect(throws: Unhealthy.self) { try await service.check.run() }
        #expect(error?.description == "counting is under way: 2 things counted")
        gate.open()
        #expect(await Patience.until { service.pending == nil })
        try await service.check.run()
        await service.stop()
    }

    @Test("a storage that cannot answer is waited for")
    func unavailable() async throws {
        let attempts = Counter()
        let service = service { _ in
            attempts.add()
            if attempts.value < 2 { throw StoreError.unavailable(reason: "gone", retryAfter: 1) }
        }
        try await service.start(waiting: Patience.limit)
        #expect(attempts.value == 2)
        #expect(log.messages == ["counting waits for the storage: gone"])
        await service.stop()
    }

    @Test("a failure fails the start, and what is under way ends with the service")
    func ends() async throws {
        struct Failure: Error {}
        let failing = service { _ in throw Failure() }
        await #expect(throws: Failure.self) { try await failing.start(waiting: Patience.limit) }
        let endless = service { _ in while true { try await Task.sleep(for: .seconds(3600)) } }
        try await endless.start(waiting: .zero)
        await endless.stop()
        #expect(endless.pending != nil)
    }
}
