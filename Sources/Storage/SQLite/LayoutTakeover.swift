import CSQLite
import Kernel

/// Brings documents into the present layout, whose columns only this driver fills: those of a database of the first
/// layout, which had none, and those that another program has put in.
///
/// It goes in steps, each a transaction of its own. What is done is kept, so that a start that is ended in the middle
/// goes on where it was.
struct LayoutTakeover {
    private static let documentsInStep = 500
    private static let bytesInStep = 4 << 20
    private static let reportEvery: Duration = .seconds(5)

    let connection: Connection
    let tables: [CollectionTable]
    let path: String
    let log: Logger

    /// The name of a table of the first layout while its documents are taken over.
    static func formerName(_ table: CollectionTable) -> String { table.name + "~1" }
    static func former(_ table: CollectionTable) -> String { FieldSQL.identifier(formerName(table)) }

    func run(_ ordinal: Int) throws {
        let table = tables[ordinal]
        let former = Self.former(table)
        let exists = "SELECT 1 FROM sqlite_schema WHERE name = \(FieldSQL.literal(Self.formerName(table)))"
        if try connection.integer(exists) != nil {
            try steps("SELECT position, document FROM \(former) ORDER BY position", ordinal, from: former) {
                transaction, collection, rows in
                for row in rows { try transaction.insert(row.bytes, at: row.position.row, into: collection) }
                if let last = rows.last {
                    try connection.query("DELETE FROM \(former) WHERE position <= ?", [.integer(last.position.row)]) {
                        _ in
                    }
                }
            }
            try connection.execute("DROP TABLE \(former)")
        }
        let unfilled =
            "SELECT position, document FROM \(table.table) INDEXED BY \(FieldSQL.identifier(table.unfilled.name))"
            + " WHERE filled IS NULL ORDER BY position"
        try steps(unfilled, ordinal, from: table.table) { transaction, collection, rows in
            for row in rows { try transaction.fill(row, in: collection) }
        }
    }

    private func steps(
        _ sql: String, _ ordinal: Int, from source: String,
        _ take: (Transaction, Collection, [Document]) throws -> Void
    ) throws {
        let table = tables[ordinal]
        let collection = Collection(name: table.name, ordinal: ordinal)
        let clock = ContinuousClock()
        var (count, reported) = (0, clock.now)
        var end: Int64?
        while true {
            let rows = try nextRows(sql)
            guard let last = rows.last else { break }
            try connection.execute("BEGIN IMMEDIATE")
            do {
                try take(Transaction(connection: connection, tables: tables), collection, rows)
                try connection.execute("COMMIT")
            } catch {
                try? connection.rollBack()
                throw issue(error, table)
            }
            if connection.framesInWAL > 1000 { try connection.checkpoint(SQLITE_CHECKPOINT_PASSIVE) }
            count += rows.count
            if clock.now - reported < Self.reportEvery { continue }
            reported = clock.now
            end = try end ?? connection.integer("SELECT max(position) FROM \(source)")
            log.info(
                "taking over '\(table.name)' into the present layout: \(count) documents so far, up to number "
                    + "\(last.position.row) of \(end ?? last.position.row)")
        }
        if count > 0 { log.info("took over \(count) documents of '\(table.name)' into the present layout") }
    }

    private func nextRows(_ sql: String) throws -> [Document] {
        var rows: [Document] = []
        var bytes = 0
        let statement = try Statement(sql, on: connection.handle)
        while rows.count < Self.documentsInStep, bytes < Self.bytesInStep, try statement.step() {
            let position = Position(row: statement.integer(0))
            statement.withBytes(1) { rows.append(Document(position: position, bytes: $0)) }
            bytes += rows.last?.bytes.count ?? 0
        }
        return rows
    }

    private func issue(_ error: any Error, _ table: CollectionTable) -> any Error {
        let what: String
        switch error {
        case StoreError.duplicateKey(_, let path): what = "two that must differ in '\(path)' and do not"
        case StoreError.misuse(let message), StoreError.corrupt(let message):
            what = "one that cannot be kept: \(message)"
        default: return error
        }
        return BootIssue(
            .environment, "among the documents of '\(table.name)' in the database \(path) is \(what)",
            remedy: "correct or remove it (with sqlite3, while the service is stopped)")
    }
}
