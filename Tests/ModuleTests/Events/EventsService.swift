import Events
import ImportableDatasets
import Jobs
import Kernel
import KernelTesting
import Maintenance
import StorageSQLite
import Testing

/// A service with jobs, maintenance and events.
func withEvents<R: Sendable>(
    on database: TemporaryDatabase? = nil, configuration: String = "", extra: [any Module.Type] = [],
    transport: TestClient.Transport = .inProcess, log: LogRecorder = LogRecorder(),
    _ body: (TestClient) async throws -> R
) async throws -> R {
    let database = try database ?? TemporaryDatabase()
    return try await database.withService(
        [JobsModule.self, MaintenanceModule.self, EventsModule.self] + extra,
        configuration: "modules: {events: {enabled: true\(configuration.isEmpty ? "" : ", \(configuration)")}}",
        transport: transport, log: log, body)
}

extension TestClient {
    /// The page of events behind a cursor.
    func events(_ query: String = "") async throws -> (events: [JSON], next: String) {
        let reply = try await get("/events\(query.isEmpty ? "" : "?\(query)")")
        #expect(reply.status == 200, "\(reply.text)")
        let json = try reply.json
        return (json["events"]?.array ?? [], json["next"]?.string ?? "")
    }

    /// Posts a job and returns its id.
    func newJob(_ target: String) async throws -> String {
        let reply = try await post("/jobs", ["jobs": [SampleJob.add(target)]])
        return try #require(try reply.json.array?.first?["job_id"]?.string)
    }
}

extension JSON {
    var id: String { self["id"]?.string ?? "" }
    var type: String { self["type"]?.string ?? "" }
    var sequence: Int { self["sequence"]?.string.flatMap { Int($0) } ?? -1 }
}

enum EventsStack {
    static let modules: [any Module.Type] = [JobsModule.self, MaintenanceModule.self, EventsModule.self]
}
