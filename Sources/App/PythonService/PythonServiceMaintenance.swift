import Kernel
import StorageSQLite

/// The table `maintenance`, in the order in which statuses were set.
struct PythonServiceMaintenance: PythonServiceSource {
    private let database: PythonServiceDatabase

    init(_ database: PythonServiceDatabase) {
        self.database = database
    }

    func count() throws -> Int { Int(try database.integer("SELECT count(*) FROM maintenance")) }

    func documents(behind row: Int64, limit: Int) throws -> [(row: Int64, document: JSON)] {
        var documents: [(row: Int64, document: JSON)] = []
        try database.query(
            "SELECT rowid, msg, paused, timestamp FROM maintenance WHERE rowid > ? ORDER BY rowid LIMIT ?",
            [.integer(row), .integer(Int64(limit))]
        ) { statement in
            let row = PythonServiceRow(
                table: "maintenance", id: statement.integer(0), path: database.path, statement: statement)
            let word = try row.text(2, "paused")
            guard let isPaused = Bool(word: word) else {
                throw row.fault("paused", "is \(word.excerpt), which is neither true nor false")
            }
            documents.append(
                (
                    row.id,
                    [
                        "msg": .string(statement.text(1)), "paused": .bool(isPaused),
                        "timestamp": try row.instant(3, "timestamp"),
                    ]
                ))
        }
        return documents
    }
}
