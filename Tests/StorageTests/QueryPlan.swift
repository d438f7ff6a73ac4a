import CSQLite
import Kernel

@testable import StorageSQLite

extension Connection {
    /// What SQLite says that it does for each statement that reads documents for a query, step by step.
    /// - Parameter documents: are put into the table, which is empty.
    func plans(
        of query: Query, _ table: CollectionTable, _ documents: [JSON]
    ) throws -> [(sql: String, plan: [String])] {
        try execute("BEGIN")
        let collection = Collection(name: table.name, ordinal: 0)
        let transaction = Transaction(connection: self, tables: [table])
        for document in documents { try transaction.insert(document.bytes, into: collection) }
        try transaction.find(in: collection, query) { _, _ in .next }
        var texts: [String] = []
        var statement = sqlite3_next_stmt(handle, nil)
        while let current = statement {
            let text = String(cString: sqlite3_sql(current))
            if text.hasPrefix("SELECT") { texts.append(text) }
            statement = sqlite3_next_stmt(handle, current)
        }
        return try texts.map { text in
            var plan: [String] = []
            try self.query("EXPLAIN QUERY PLAN " + text) { plan.append($0.text(3)) }
            return (text, plan)
        }
    }
}
