import Jobs
import Kernel
import KernelTesting
import Maintenance
import StorageSQLite
import Testing

@testable import App

@Suite("Requests of an operator")
struct OperatorAccessTests {
    private static let environment = [
        "API_KEY": "a-key", "JWKS_URL": "http://127.0.0.1:9/jwks", "JOB_SERVICE_STORAGE__URL": "sqlite::memory:",
        "JOB_SERVICE_MODULES__IMPORTABLE_DATASETS__ENABLED": "false",
    ]

    @Test("an operator needs no API key where a client needs one")
    func keys() async throws {
        try await withApplication(
            modules: Catalogue.modules, drivers: Catalogue.drivers, environment: Self.environment
        ) { client in
            let body: JSON = ["msg": "upgrade", "paused": true]
            #expect(try await client.post("/maintenance-status", body).status == 401)
            let request = try Request(.post, "/maintenance-status", body: body.bytes)
            #expect(await client.application.respond(toOperator: request).status == .ok)
            #expect(try await client.get("/maintenance-status").json["paused"] == .bool(true))
        }
    }

    @Test("an operator posts in nobody's name without their tokens")
    func tokens() async throws {
        try await withApplication(
            modules: Catalogue.modules, drivers: Catalogue.drivers, environment: Self.environment
        ) { client in
            let body: JSON = ["jobs": [["operation": "ADD", "target": "X"]]]
            let request = try Request(.post, "/jobs", body: body.bytes)
            #expect(await client.application.respond(toOperator: request).status == .unauthorized)
        }
    }

    @Test("a command's service opens the storage, runs its module's own services and lets nobody in")
    func command() async throws {
        let database = try TemporaryDatabase()
        let log = Logger("test", sink: LogRecorder())
        let configuration = Configuration(environment: ["JOB_SERVICE_STORAGE__URL": "sqlite:\(database.file)"])
        let assembly = try Assembly(
            modules: [JobsModule.self, MaintenanceModule.self], drivers: [SQLiteDriver.self],
            configuration: configuration, log: log)
        let application = Application(assembly, log: log)
        try await application.startForCommand(of: "maintenance")
        #expect(application.port == 0)
        let reply = await application.respond(toOperator: try Request(.get, "/maintenance-status"))
        #expect(reply.status == .ok, "the initial status is there")
        await application.stop()
        let after = await application.respond(toOperator: try Request(.get, "/maintenance-history"))
        #expect(after.status == .serviceUnavailable)
    }
}
