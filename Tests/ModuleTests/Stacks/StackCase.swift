import CSQLite
import Kernel
import KernelTesting
import StorageSQLite
import Testing

@testable import App

/// A stack of the repository's own config.yaml, and what it must be like.
struct StackCase: Sendable, CustomTestStringConvertible {
    let name: String
    let modules: [String]
    /// Routes with another method than GET.
    let changingRoutes: [String]
    let collections: [String]
    /// Requests with the body `{}`, and the status of their answers.
    let answers: KeyValuePairs<String, Int>

    var testDescription: String { name }

    private static let known = ["jobs", "targets", "importableDatasets", "maintenance", "authentication"]

    /// What the reference configuration describes, and no stack of it enables.
    private static let optional = ["datastores", "events", "dispatch", "console"]

    /// The modules that the reference configuration is about; others may have been added to the program since.
    static var linked: [any Module.Type] { Catalogue.modules.filter { (known + optional).contains($0.manifest.id) } }

    static let all = [everything, executor, observer]

    private static let everything = StackCase(
        name: "everything", modules: known,
        changingRoutes: [
            "POST /jobs", "PUT /jobs/{jobId}", "PUT /jobs", "DELETE /importable-datasets/{name}",
            "POST /maintenance-status", "POST /maintenance-statuses",
        ],
        collections: [
            "completed", "idempotencykeys", "importedjobs", "inprogress", "maintenance", "targetmarks", "targets",
        ],
        answers: [
            "GET /importable-datasets": 200, "DELETE /importable-datasets/A": 404, "GET /openapi.json": 200,
            "GET /jobs": 200, "POST /jobs": 400, "PUT /jobs/1": 400, "GET /targets": 200, "GET /targets/A": 200,
            "GET /maintenance-status": 200, "POST /maintenance-status": 400, "GET /nowhere": 404,
        ])

    private static let executor = StackCase(
        name: "executor", modules: ["jobs", "maintenance", "authentication"],
        changingRoutes: [
            "POST /jobs", "PUT /jobs/{jobId}", "PUT /jobs", "POST /maintenance-status", "POST /maintenance-statuses",
        ],
        collections: ["completed", "idempotencykeys", "importedjobs", "inprogress", "maintenance"],
        answers: [
            "GET /jobs": 200, "POST /jobs": 400, "PUT /jobs/1": 400, "GET /targets": 404, "GET /targets/A": 404,
            "GET /targets/A/jobs": 404, "GET /importable-datasets": 404, "DELETE /importable-datasets/A": 404,
            "POST /targets": 404, "GET /maintenance-status": 200,
            "POST /maintenance-status": 400,
        ])

    private static let observer = StackCase(
        name: "observer", modules: known, changingRoutes: [],
        collections: [
            "completed", "idempotencykeys", "importedjobs", "inprogress", "maintenance", "targetmarks", "targets",
        ],
        answers: [
            "GET /jobs": 200, "GET /jobs/1": 404, "GET /targets": 200, "GET /targets/A/jobs": 200,
            "GET /maintenance-status": 200, "GET /maintenance-history": 200, "POST /jobs": 405, "PUT /jobs": 405,
            "PUT /jobs/1": 405, "POST /maintenance-status": 405, "POST /maintenance-statuses": 405, "DELETE /jobs": 405,
            "GET /importable-datasets": 200, "DELETE /importable-datasets/A": 404,
        ])
}

extension StackCase {
    /// Runs the stack as App puts it together.
    func withService<R: Sendable>(
        on database: TemporaryDatabase? = nil, _ body: (TestClient) async throws -> R
    ) async throws -> R {
        let database = try database ?? TemporaryDatabase()
        return try await withApplication(
            modules: Self.linked, drivers: Catalogue.drivers, configuration: try repositoryFile("config.yaml"),
            environment: [
                "STACK": name, "JWT_AUTH": "false", "INPUT_DIR": database.folder,
                "JOB_SERVICE_STORAGE__URL": "sqlite:\(database.file)",
            ], body)
    }

    /// The names of the collections that a run of the stack leaves in a new database.
    func tablesAfterRun() async throws -> [String] {
        let database = try TemporaryDatabase()
        try await withService(on: database) { _ in }
        return try database.tables().filter { !$0.contains("/") && !$0.hasPrefix("sqlite_") }
    }
}

extension TemporaryDatabase {
    /// The tables in the file, by name.
    fileprivate func tables() throws -> [String] {
        var handle: OpaquePointer?
        try #require(sqlite3_open_v2(file, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK)
        defer { sqlite3_close_v2(handle) }
        sqlite3_busy_timeout(handle, 10_000)
        var statement: OpaquePointer?
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        try #require(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
        defer { sqlite3_finalize(statement) }
        var names: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW { names.append(String(cString: sqlite3_column_text(statement, 0))) }
        return names
    }
}
