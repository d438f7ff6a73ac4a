import Kernel
import StorageSQLite

/// The table `target` as the targets of a stack whose register of jobs is not divided: of one name in several
/// datastores, the one that was updated last. A stack that divides it derives its targets from the jobs.
struct PythonServiceTargets: PythonServiceSource {
    private static let latest =
        "rowid IN (SELECT place FROM (SELECT rowid AS place, max(last_updated_at) FROM target GROUP BY name))"

    private let shape: DocumentShape
    private let database: PythonServiceDatabase

    init(_ spec: CollectionSpec, _ database: PythonServiceDatabase) {
        self.database = database
        shape = spec.shape ?? .nullable
    }

    func count() throws -> Int {
        Int(try database.integer("SELECT count(*) FROM target WHERE \(Self.latest)"))
    }

    func documents(behind row: Int64, limit: Int) throws -> [(row: Int64, document: JSON)] {
        var documents: [(row: Int64, document: JSON)] = []
        try database.query(
            "SELECT rowid, name, last_updated_at, status, last_updated_by, action FROM target"
                + " WHERE \(Self.latest) AND rowid > ? ORDER BY rowid LIMIT ?",
            [.integer(row), .integer(Int64(limit))]
        ) { statement in
            let row = PythonServiceRow(
                table: "target", id: statement.integer(0), path: database.path, statement: statement)
            let document: JSON = [
                "name": .string(try row.text(1, "name")), "lastUpdatedAt": try row.instant(2, "last_updated_at"),
                "status": .string(try row.text(3, "status")), "lastUpdatedBy": try row.object(4, "last_updated_by"),
                "action": try action(row),
            ]
            documents.append((row.id, shape.conforming(document) ?? document))
        }
        return documents
    }

    /// A JSON list, or the words of one with commas between them.
    private func action(_ row: PythonServiceRow) throws -> JSON {
        let text = try row.text(5, "action")
        guard text.utf8.first == UInt8(ascii: "[") else {
            return .array(text.split(separator: ",", omittingEmptySubsequences: false).map { .string(String($0)) })
        }
        do throws(JSONSyntaxError) { return try JSON(parsing: Array(text.utf8)) } catch {
            throw row.fault("action", "is not valid JSON: \(error)")
        }
    }
}
