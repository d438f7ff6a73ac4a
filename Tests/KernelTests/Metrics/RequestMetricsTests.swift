import Kernel
import KernelTesting
import Testing

@Suite("Counting requests")
struct RequestMetricsTests {
    private func with(_ body: (TestClient) async throws -> Void) async throws {
        try await Current.$events.withValue(Events()) {
            try await withApplication(
                modules: [ModuleA.self, Captures.self], drivers: [RecordingDriver.self],
                environment: ["JOB_SERVICE_STORAGE__URL": "recording:"], transport: .liveSocket, body)
        }
    }

    struct Captures: Module {
        static let manifest = Manifest(id: "captures", summary: "")

        init(configuration: NoConfiguration) {}

        func register(in kernel: any Registrar) {
            kernel.route(.get, "/things/{id}", Operation("Is there", access: .anyone)) { request in
                guard request.parameters["id"] != "missing" else {
                    throw HTTPError(.notFound, code: "things.not-found", message: "No such thing")
                }
                return Response(contentType: .text, body: .fixed("here"))
            }
        }
    }

    private func requests(_ route: String, _ method: String, _ status: String) -> String {
        #"job_service_http_requests_total{route="\#(route)",method="\#(method)",status="\#(status)"}"#
    }

    @Test("requests are counted by the pattern of their route, method and class of status")
    func labels() async throws {
        try await with { client async throws in
            for path in ["/things/1", "/things/2?x=y", "/things/%31", "/things/missing", "/a", "/fails?how=http"] {
                _ = try await client.get(path)
            }
            _ = try await client.get("/fails?how=storage")
            _ = try await client.get("/fails")
            _ = try await client.send(.head, "/a")
            let metrics = try await client.metrics()
            #expect(metrics[requests("/things/{id}", "GET", "2xx")] == 3)
            #expect(metrics[requests("/things/{id}", "GET", "4xx")] == 1)
            #expect(metrics[requests("/a", "GET", "2xx")] == 1)
            #expect(metrics[requests("/a", "HEAD", "2xx")] == 1)
            #expect(metrics[requests("/fails", "GET", "4xx")] == 1)
            #expect(metrics[requests("/fails", "GET", "5xx")] == 2)
            #expect(metrics[requests("/health/alive", "GET", "2xx")] == 0)
            let time = "job_service_http_request_duration_seconds"
            #expect(metrics[#"\#(time)_count{route="/things/{id}"}"#] == 4)
            #expect(metrics[#"\#(time)_bucket{route="/things/{id}",le="+Inf"}"#] == 4)
            #expect(metrics[#"\#(time)_sum{route="/things/{id}"}"#].map { $0 > 0 && $0 < 10 } == true)
        }
    }

    @Test("what no route answers makes no label: unknown paths, unknown methods, methods that a path has not, nonsense")
    func unmatched() async throws {
        try await with { client async throws in
            let before = try await client.metrics().series("job_service_http_requests_total").count
            for number in 0..<20 {
                _ = try await client.get("/nothing/\(number)")
                let connection = try RawConnection(port: client.port)
                connection.send("METHOD\(number) /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(try await connection.readResponse().status == 501)
            }
            _ = try await client.delete("/a")
            _ = try await client.get("/things/")
            let connection = try RawConnection(port: client.port)
            connection.send("GET /a b HTTP/1.1\r\n\r\n")
            #expect(try await connection.readResponse().status == 400)

            let metrics = try await client.metrics()
            #expect(metrics[requests("none", "GET", "4xx")] == 22)
            #expect(metrics[requests("none", "DELETE", "4xx")] == 1)
            #expect(metrics[requests("none", "other", "5xx")] == 20)
            // GET 4xx, DELETE 4xx and other 5xx; the scrapes' own was there.
            #expect(metrics.series("job_service_http_requests_total").count == before + 3)
            #expect(!metrics.text.contains("nothing") && !metrics.text.contains("METHOD"))
        }
    }

    @Test("connections, bytes and requests in flight are told")
    func connections() async throws {
        try await with { client async throws in
            let idle = try RawConnection(port: client.port)
            idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            let length = try await idle.readResponse().body.count
            let metrics = try await client.metrics()
            #expect(metrics["job_service_http_connections"] == 2)
            #expect(metrics["job_service_http_connections_accepted_total"] == 2)
            #expect(metrics["job_service_http_connections_refused_total"] == 0)
            #expect(metrics["job_service_http_requests_in_flight"] == 1, "the scrape itself")
            #expect(metrics["job_service_http_received_bytes_total"].map { $0 > 60 } == true)
            #expect(metrics["job_service_http_sent_bytes_total"].map { $0 > Double(length) } == true)
        }
    }

    @Test("scrapes are quiet in the log, like probes, and in the description of the interface")
    func quiet() async throws {
        let log = LogRecorder()
        try await withApplication(
            modules: [], drivers: [RecordingDriver.self], environment: ["JOB_SERVICE_STORAGE__URL": "recording:"],
            transport: .liveSocket, log: log
        ) { client in
            _ = try await client.get("/metrics")
            let entry = try await log.entry { $0.access?.url == "/metrics" }
            #expect(entry.level == .debug)
            let paths = try await client.get("/openapi.json").json["paths"]
            #expect(paths?["/metrics"]?["get"] != nil)
        }
    }

    @Test("a stack that only observes has metrics, too")
    func observer() async throws {
        try await withApplication(
            modules: [], drivers: [RecordingDriver.self], configuration: "http: {readOnly: true}",
            environment: ["JOB_SERVICE_STORAGE__URL": "recording:"]
        ) { client in
            // A check that takes longer than a scrape waits is told by the next one.
            let isTold = try await Patience.until {
                try await client.metrics()[#"job_service_ready{check="storage"}"#] == 1
            }
            #expect(isTold)
            let metrics = try await client.metrics()
            #expect(metrics["job_service_serving"] == 1)
            #expect(
                metrics.series("job_service_build_info").first?.contains(#"version="test",commit="unknown""#) == true)
        }
    }
}
