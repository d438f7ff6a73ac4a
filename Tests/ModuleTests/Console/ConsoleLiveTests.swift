import Console
import Jobs
import Kernel
import KernelTesting
import Testing

@Suite("The console while things happen")
struct ConsoleLiveTests {
    private func names(_ stream: TestStream) async throws -> [String] {
        let event = try #require(try await stream.event())
        #expect(event["event"] == "change")
        let data = try JSON(parsing: Array((event["data"] ?? "").utf8))
        return (data["names"]?.array ?? []).compactMap(\.string)
    }

    @Test("who follows is told of each change, and which job it was", arguments: TestClient.Transport.allCases)
    func follow(transport: TestClient.Transport) async throws {
        try await withConsole(transport: transport) { client in
            let stream = try await client.open("/console/live")
            let other = try await client.open("/console/live")
            for stream in [stream, other] {
                // The pause after which a browser comes back, and the greeting.
                #expect(try await stream.event()?["retry"] == "2000")
                #expect(try await stream.event()?["event"] == "hello")
            }
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            #expect(try await names(stream) == [id])
            #expect(try await names(other) == [id])
            try await client.update(id, to: "failed")
            #expect(try await names(stream) == [id])
            _ = try await client.post("/maintenance-status", ["msg": "m", "paused": true])
            #expect(try await names(stream) == ["maintenance"])
            stream.leave()
            other.leave()
        }
    }

    @Test("of what another instance has changed, too, where they share a storage")
    func shared() async throws {
        let database = try TemporaryDatabase()
        let environment = ["JOB_SERVICE_STORAGE__URL": "shared:\(database.file)"]
        let modules: [any Module.Type] = [JobsModule.self, ConsoleModule.self]
        let configuration = "modules: {console: {enabled: true}}"
        try await withApplication(
            modules: modules, drivers: [SharedDriver.self], configuration: configuration, environment: environment
        ) { one in
            try await withApplication(
                modules: modules, drivers: [SharedDriver.self], configuration: configuration, environment: environment
            ) { other in
                let stream = try await other.open("/console/live")
                let id = try await one.create(SampleJob.add("A_SET"))[0]
                var events: [String?] = []
                while events.count < 3 { events.append(try #require(try await stream.event())["event"]) }
                // Something may have changed, and the page that looks finds it.
                #expect(events.last == "change")
                let page = try await other.page("/console/jobs/\(id)")
                #expect(page.contains("A_SET"))
                stream.leave()
            }
        }
        await SharedStores.all.close(database.file)
    }

    @Test("no more follow than may, and a place that is left is free again")
    func bounds() async throws {
        try await withConsole(configuration: "console: {enabled: true, followers: 1}") { client in
            let first = try await client.open("/console/live")
            #expect(try await first.event() != nil)
            let second = try await client.get("/console/live")
            #expect(second.status == 503)
            #expect(try second.json["code"] == "console.too-many-followers")
            first.leave()
            try await Patience.until {
                let stream = try await client.open("/console/live")
                defer { stream.leave() }
                return stream.status == 200
            }
        }
    }

    @Test("a page that has not changed is not sent again")
    func unchanged() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            try await client.update(id, to: "failed")
            let reply = try await client.get("/console/jobs/\(id)")
            let tag = try #require(reply.headers["ETag"])
            #expect(reply.headers["Cache-Control"] == "private, no-cache" && reply.headers["Vary"] == "Cookie")
            // Its times are told in minutes and hours, or differ with each second.
            try await Patience.until {
                let next = try await client.get("/console/jobs/\(id)")
                let tag = next.headers["ETag"] ?? tag
                return try await client.get("/console/jobs/\(id)", headers: ["If-None-Match": tag]).status == 304
            }
        }
    }

    @Test("another module's page is in the navigation, and tells what goes wrong on it")
    func panels() async throws {
        try await withConsole(extra: [PanelModule.self]) { client in
            #expect(try await client.page("/console").contains("href=\"console/panels/weather\""))
            let page = try await client.page("/console/panels/weather")
            #expect(page.contains("<p>Rain &amp; wind</p>") && page.contains("aria-current=\"page\""))
            let broken = try await client.get("/console/panels/broken")
            #expect(broken.status == 503 && broken.headers["Retry-After"] == "7")
            #expect(broken.text.contains("No forecast") && broken.text.contains("Try again"))
            _ = try await client.page("/console/panels/none", status: 404)
        }
    }
}

/// A module that has pages of its own.
private struct PanelModule: Module {
    static let manifest = Manifest(id: "weather", summary: "The weather", requires: ["console"])

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) throws {
        let panels = try kernel.require(.consolePanels)
        panels.add(
            ConsolePanel(title: "Weather", path: "weather", icon: .chart) { _ in
                var html = HTML()
                html.element("p", text: "Rain & wind")
                return html
            })
        panels.add(
            ConsolePanel(title: "Broken", path: "broken", icon: .bell) { _ in
                throw HTTPError(.serviceUnavailable, code: "weather.none", message: "No forecast", retryAfter: 7)
            })
    }
}
