import Kernel
import StorageSQLite

/// The tables `job` and `job_log` as the documents of one of the two collections of jobs, in the order of their ids.
struct PythonServiceJobs: PythonServiceSource {
    /// The member of a job that names its datastore.
    static let part = "datastoreRdn"

    private let shape: DocumentShape
    private let database: PythonServiceDatabase
    private let condition: String
    /// Whether jobs name their datastore: where this service is told to serve it, and where there are several, so that
    /// it is known should it be told to later.
    private let namesDatastore: Bool

    init(areFinished: Bool, _ spec: CollectionSpec, _ database: PythonServiceDatabase) throws {
        self.database = database
        shape = spec.shape ?? .nullable
        condition = "status \(areFinished ? "" : "NOT ")IN ('completed', 'failed')"
        namesDatastore =
            try shape.hasMember(Self.part)
            || database.integer("SELECT count(DISTINCT datastore_id) FROM job WHERE datastore_id IS NOT NULL") > 1
        if !areFinished { try check() }
    }

    /// Jobs without a status, and two in progress for one target where that can be only one.
    private func check() throws {
        try database.query("SELECT rowid FROM job WHERE status IS NULL LIMIT 1") { row in
            throw PythonServiceFault("job", row.integer(0), "status", "is empty").issue(in: database.path)
        }
        if shape.hasMember(Self.part) { return }
        try database.query(
            "SELECT target, count(*) FROM job WHERE \(condition) GROUP BY target HAVING count(*) > 1 LIMIT 1"
        ) { row in
            throw BootIssue(
                .environment,
                "the database \(database.path) has \(row.integer(1)) jobs in progress for the target \(row.text(0)), "
                    + "in different datastores; without the module datastores a target has one at most",
                remedy: "set modules.datastores.enabled: true and list the datastores, or finish all but one of them")
        }
    }

    func count() throws -> Int {
        Int(try database.integer("SELECT count(*) FROM job WHERE \(condition)"))
    }

    func documents(behind row: Int64, limit: Int) throws -> [(row: Int64, document: JSON)] {
        var documents: [(row: Int64, document: JSON)] = []
        try database.query(
            "SELECT job.rowid, job_id, status, parameters, created_at, created_by, target,"
                + " (SELECT rdn FROM datastore WHERE datastore.datastore_id = job.datastore_id)"
                + " FROM job WHERE \(condition) AND job.rowid > ? ORDER BY job.rowid LIMIT ?",
            [.integer(row), .integer(Int64(limit))]
        ) { statement in
            let row = PythonServiceRow(
                table: "job", id: statement.integer(0), path: database.path, statement: statement)
            documents.append((row.id, try document(row)))
        }
        return documents
    }

    private func document(_ row: PythonServiceRow) throws -> JSON {
        var parameters = try row.object(3, "parameters").object ?? JSONObject()
        if parameters["target"] == nil { parameters["target"] = .string(try row.text(6, "target")) }
        let document: JSON = [
            "jobId": .string(try row.text(1, "job_id")), "status": .string(try row.text(2, "status")),
            "parameters": .object(parameters), "log": try log(ofJob: row.statement.integer(1)),
            "createdAt": try row.instant(4, "created_at"), "createdBy": try row.object(5, "created_by"),
        ]
        guard var job = shape.conforming(document)?.object else { return document }
        if namesDatastore, !row.statement.isNull(7) { job[Self.part] = .string(row.statement.text(7)) }
        return .object(job)
    }

    private func log(ofJob id: Int64) throws -> JSON {
        var lines: [JSON] = []
        try database.query(
            "SELECT line, at, msg FROM temp.log_order JOIN main.job_log ON job_log.rowid = line"
                + " WHERE log_order.job_id = ? ORDER BY line", [.integer(id)]
        ) { statement in
            let row = PythonServiceRow(
                table: "job_log", id: statement.integer(0), path: database.path, statement: statement)
            lines.append(["at": try row.instant(1, "at"), "message": .string(statement.text(2))])
        }
        return .array(lines)
    }
}

extension DocumentShape {
    fileprivate func hasMember(_ name: String) -> Bool {
        if case .object(let members) = self { members.contains { $0.name == name } } else { false }
    }
}
