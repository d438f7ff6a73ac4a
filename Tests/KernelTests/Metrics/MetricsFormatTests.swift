import Kernel
import KernelTesting
import Testing

@Suite("What a module declares, in Prometheus's text format")
struct MetricsFormatTests {
    struct Measured: Module {
        static let manifest = Manifest(id: "measured", summary: "")

        init(configuration: NoConfiguration) {}

        func register(in kernel: any Registrar) {
            let things = MetricFamily(.counter, "test_things_total", "Things, one a \"kind\"\nand a \\ in between")
            kernel.metrics.counter(things, ["kind": "plain"]).add(3)
            kernel.metrics.counter(things, ["kind": "a \"b\" \\ c\nd", "size": "ø"]).add()
            let sizes = Histogram(bounds: [1, 10, 100])
            for size in [0, 1, 2, 10, 11, 1000] { sizes.observe(size) }
            kernel.metrics.add(sizes, as: MetricFamily(.histogram, "test_sizes", "Sizes"), ["of": "things"])
            let times = Histogram.latencies()
            times.observe(.microseconds(60))
            times.observe(.seconds(20))
            kernel.metrics.add(times, as: MetricFamily(.histogram, "test_seconds", "Times"))
            let numbers = MetricFamily(.gauge, "test_numbers", "Numbers")
            kernel.metrics.collect([numbers]) {
                [0, -1, 0.25, 1e9, .nan, .infinity, -.infinity].map { MetricSample(numbers, ["n": "x"], $0) }
            }
            kernel.metrics.gauge(MetricFamily(.gauge, "test_absent", "Not there now")) { nil }
            kernel.metrics.reading("broken", [MetricFamily(.gauge, "test_broken", "")]) {
                throw StoreError.unavailable(reason: "the server is gone", retryAfter: 1)
            }
        }
    }

    private func with(_ body: (TestClient) async throws -> Void) async throws {
        try await withApplication(
            modules: [Measured.self], drivers: [RecordingDriver.self],
            environment: ["JOB_SERVICE_STORAGE__URL": "recording:"], body)
    }

    @Test("help and labels are escaped, labels keep their order")
    func counters() async throws {
        try await with { client async throws in
            #expect(
                try await client.metrics().family("job_service_test_things") == """
                    # HELP job_service_test_things_total Things, one a "kind"\\nand a \\\\ in between
                    # TYPE job_service_test_things_total counter
                    job_service_test_things_total{kind="plain"} 3
                    job_service_test_things_total{kind="a \\"b\\" \\\\ c\\nd",size="ø"} 1
                    """)
        }
    }

    @Test("the buckets of a histogram include the smaller ones, and the bound itself")
    func histograms() async throws {
        try await with { client async throws in
            let metrics = try await client.metrics()
            #expect(
                metrics.family("job_service_test_sizes") == """
                    # HELP job_service_test_sizes Sizes
                    # TYPE job_service_test_sizes histogram
                    job_service_test_sizes_bucket{of="things",le="1"} 2
                    job_service_test_sizes_bucket{of="things",le="10"} 4
                    job_service_test_sizes_bucket{of="things",le="100"} 5
                    job_service_test_sizes_bucket{of="things",le="+Inf"} 6
                    job_service_test_sizes_sum{of="things"} 1024
                    job_service_test_sizes_count{of="things"} 6
                    """)
            #expect(metrics[#"job_service_test_seconds_bucket{le="5e-05"}"#] == 0)
            #expect(metrics[#"job_service_test_seconds_bucket{le="0.0001"}"#] == 1)
            #expect(metrics[#"job_service_test_seconds_bucket{le="10"}"#] == 1)
            #expect(metrics[#"job_service_test_seconds_bucket{le="+Inf"}"#] == 2)
            #expect(metrics["job_service_test_seconds_sum"] == 20.00006)
        }
    }

    @Test("numbers are written as Prometheus reads them; what cannot be read is not there")
    func numbers() async throws {
        try await with { client async throws in
            let metrics = try await client.metrics()
            let numbers = metrics.family("job_service_test_numbers").split(separator: "\n").dropFirst(2).map {
                $0.dropFirst(32)
            }
            #expect(numbers == ["0", "-1", "0.25", "1000000000", "NaN", "+Inf", "-Inf"])
            #expect(metrics.family("job_service_test_absent").isEmpty)
        }
    }

    @Test("families come by name, whoever declared them, each with its help and type before its first series")
    func order() async throws {
        try await with { client async throws in
            let lines = try await client.metrics().text.split(separator: "\n")
            let names = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
            #expect(names == names.sorted() && Set(names).count == names.count)
            #expect(names.contains("process_cpu_seconds_total") && names.contains("job_service_build_info"))
            let series = try await client.metrics().series("job_service_http_requests_total")
            #expect(try await client.metrics().series("job_service_http_requests_total") == series)
        }
    }

    @Test("the content type is that of the format, and HEAD has no body", arguments: TestClient.Transport.allCases)
    func contentType(transport: TestClient.Transport) async throws {
        try await withApplication(
            modules: [], drivers: [RecordingDriver.self], environment: ["JOB_SERVICE_STORAGE__URL": "recording:"],
            transport: transport
        ) { client in
            let reply = try await client.get("/metrics")
            #expect(reply.status == 200)
            if transport == .liveSocket {
                #expect(reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
                let head = try await client.send(.head, "/metrics")
                #expect(head.status == 200 && head.bytes.isEmpty)
            }
        }
    }

    @Test("one name for two metrics, or a name that is none, keeps the service from starting")
    func misdeclared() async throws {
        struct Misdeclared: Module {
            static let manifest = Manifest(id: "misdeclared", summary: "")

            init(configuration: NoConfiguration) {}

            func register(in kernel: any Registrar) {
                _ = kernel.metrics.counter(MetricFamily(.counter, "test_total", "This"))
                _ = kernel.metrics.counter(MetricFamily(.counter, "test_total", "That"))
                _ = kernel.metrics.counter(MetricFamily(.counter, "test-total", "Other"))
                _ = kernel.metrics.counter(MetricFamily(.counter, "job_service_total", "Twice"))
            }
        }
        do {
            try await withApplication(
                modules: [Misdeclared.self], drivers: [RecordingDriver.self],
                environment: ["JOB_SERVICE_STORAGE__URL": "recording:"]
            ) { _ in }
            Issue.record("it must not start")
        } catch let failure as BootFailure {
            #expect(
                failure.issues.map(\.what) == [
                    "the metric 'test_total' is declared in two ways", "'test-total' is no name for a metric",
                    "the metric 'job_service_total' begins with the product's name, which is put before it",
                ])
        }
    }
}
