import Kernel
import KernelTesting
import Synchronization
import Testing

@Suite("Metrics that take time to read")
struct ReadingTests {
    /// What the reading under test does; set for the task of a test, since the kernel makes modules from their types.
    final class Source: Sendable {
        let count = Mutex(0)
        let gate = Gate()
        let isBroken = Mutex(false)

        @TaskLocal static var current = Source()
    }

    struct Slow: Module {
        static let manifest = Manifest(id: "slow", summary: "")

        init(configuration: NoConfiguration) {}

        func register(in kernel: any Registrar) {
            let family = MetricFamily(.gauge, "test_reading", "How often it was read")
            let source = Source.current
            kernel.metrics.reading("slow", [family]) {
                let count = source.count.withLock { count in
                    count += 1
                    return count
                }
                await source.gate.passedEvenIfCancelled()
                if source.isBroken.withLock({ $0 }) {
                    throw StoreError.unavailable(reason: "the server is gone", retryAfter: 1)
                }
                return [MetricSample(family, count)]
            }
        }
    }

    private func with(
        _ source: Source, log: LogRecorder = LogRecorder(), _ body: @Sendable (TestClient) async throws -> Void
    ) async throws {
        try await Source.$current.withValue(source) {
            try await withApplication(
                modules: [Slow.self], drivers: [RecordingDriver.self],
                environment: ["JOB_SERVICE_STORAGE__URL": "recording:"], log: log, body)
        }
    }

    private let errors = #"job_service_scrape_errors_total{reading="slow"}"#

    @Test("scrapes that come together share one reading, and those that follow use it again for a moment")
    func shared() async throws {
        let source = Source()
        try await with(source) { client in
            try await withThrowingTaskGroup(of: ScrapedMetrics.self) { group in
                for _ in 0..<20 { group.addTask { try await client.metrics() } }
                source.gate.open()
                for try await metrics in group {
                    #expect(metrics["job_service_test_reading"] == 1)
                    #expect(metrics[errors] == 0)
                }
            }
            #expect(source.count.withLock { $0 } == 1)
        }
    }

    @Test(
        "a reading that hangs costs the first scrape its patience, later ones nothing, and all other metrics are there")
    func hanging() async throws {
        let source = Source()
        try await with(source) { client in
            let first = try await client.metrics()
            #expect(first["job_service_test_reading"] == nil)
            #expect(first[errors] == 1)
            #expect(first["job_service_serving"] == 1 && first["process_threads"] != nil)
            let second = try await client.metrics()
            #expect(second[errors] == 2)
            #expect(source.count.withLock { $0 } == 1, "no second one is begun beside it")
            source.gate.open()
            try await untilRead(client)
        }
    }

    @Test("a reading that fails is counted and told once, and is back when it works again")
    func failing() async throws {
        let (source, log) = (Source(), LogRecorder())
        source.gate.open()
        source.isBroken.withLock { $0 = true }
        try await with(source, log: log) { client in
            for scrape in 1...3 {
                let metrics = try await client.metrics()
                #expect(metrics["job_service_test_reading"] == nil)
                #expect(metrics[errors] == Double(scrape))
            }
            source.isBroken.withLock { $0 = false }
            try await untilRead(client)
        }
        let told = log.entries.filter { $0.logger == "metrics" }.map(\.message)
        #expect(
            told == ["the metrics 'slow' cannot be read: the server is gone", "the metrics 'slow' can be read again"])
    }

    @Test("what was read last is shown, with its age and at once, while the storage hangs or fails")
    func lastReading() async throws {
        let source = Source()
        source.gate.open()
        try await with(source) { client in
            let first = try await client.metrics()
            #expect(first["job_service_test_reading"] == 1)
            source.isBroken.withLock { $0 = true }
            let failed = try await client.until { $0[errors] ?? 0 > 0 }
            #expect(failed["job_service_test_reading"] == 1)
            let start = ContinuousClock.now
            for _ in 0..<20 {
                let metrics = try await client.metrics()
                #expect(metrics["job_service_test_reading"] == 1)
            }
            #expect(ContinuousClock.now - start < .seconds(20))
            let age = #"job_service_scrape_reading_age_seconds{reading="slow"}"#
            let later = try await client.metrics()
            #expect(try #require(later[age]) >= #require(failed[age]))
            source.isBroken.withLock { $0 = false }
            let back = try await client.until { $0["job_service_test_reading"] ?? 0 > 1 }
            #expect(back[age] != nil)
        }
    }

    /// Scrapes until the reading is there, which nothing announces.
    private func untilRead(_ client: TestClient) async throws {
        let isBack = try await Patience.until { try await client.metrics()["job_service_test_reading"] != nil }
        #expect(isBack, "the reading does not come back")
    }
}

extension TestClient {
    /// Scrapes until what it shows is as wanted, which nothing announces.
    fileprivate func until(_ isWanted: (ScrapedMetrics) -> Bool) async throws -> ScrapedMetrics {
        while true {
            let metrics = try await metrics()
            if isWanted(metrics) { return metrics }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
