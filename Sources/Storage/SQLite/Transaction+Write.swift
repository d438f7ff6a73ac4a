import Kernel

extension Transaction: WriteTransaction {
    @discardableResult
    func insert(_ document: [UInt8], into collection: Collection) throws -> Position {
        let table = try table(of: collection)
        try change(table, parts(.insert, collection), sql: "INSERT INTO \(table.table) (document) VALUES (?)") {
            try $0.bind(document: try CanonicalJSON.canonical(document), at: 1)
        }
        return Position(row: connection.lastInsertedRow)
    }

    func update(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Document? {
        let table = try table(of: collection)
        var parts = parts(.change, collection)
        ChangeSQL.append(changes, to: &parts)
        parts.append(filter)
        let sql = {
            "SELECT position, d, \(try ChangeSQL.fits(changes, in: "d"))"
                + " FROM (SELECT position, \(try ChangeSQL.document(after: changes)) AS d FROM \(table.table)"
                + " WHERE \(try FilterSQL.condition(filter, on: table)) ORDER BY position LIMIT 1)"
        }
        let changed = try run(parts, sql: sql) { statement -> Document? in
            guard try statement.step() else { return nil }
            guard statement.integer(2) == 1 else {
                throw StoreError.corrupt(
                    "a document of \(table.name) has not the shape for the change of "
                        + changes.map(\.path.description).joined(separator: ", "))
            }
            return statement.withBytes(1) { Document(position: Position(row: statement.integer(0)), bytes: $0) }
        }
        if let changed { try replace(in: collection, table, at: changed.position.row, by: changed.bytes) }
        return changed
    }

    func upsert(_ document: [UInt8], in collection: Collection, where filter: Filter) throws {
        let table = try table(of: collection)
        var parts = parts(.locate, collection)
        parts.append(filter)
        let sql = {
            "SELECT position FROM \(table.table) WHERE \(try FilterSQL.condition(filter, on: table))"
                + " ORDER BY position LIMIT 1"
        }
        let row = try run(parts, sql: sql) { try $0.step() ? $0.integer(0) : nil }
        if let row {
            try replace(in: collection, table, at: row, by: try CanonicalJSON.canonical(document))
        } else {
            try insert(document, into: collection)
        }
    }

    @discardableResult
    func delete(in collection: Collection, where filter: Filter) throws -> Int {
        let table = try table(of: collection)
        var parts = parts(.delete, collection)
        parts.append(filter)
        let sql = { "DELETE FROM \(table.table) WHERE \(try FilterSQL.condition(filter, on: table))" }
        return try run(parts, sql: sql) {
            _ = try $0.step()
            return connection.changes
        }
    }

    private func replace(
        in collection: Collection, _ table: CollectionTable, at row: Int64, by document: [UInt8]
    ) throws {
        let sql = "UPDATE \(table.table) SET document = ? WHERE position = ?"
        try change(table, parts(.replace, collection), sql: sql) {
            try $0.bind(document: document, at: 1)
            try $0.bind(.integer(row), at: 2)
        }
    }

    /// Runs a statement that a unique index may refuse. SQLite then undoes that statement alone.
    private func change(
        _ table: CollectionTable, _ parts: FilterParts, sql: @autoclosure () -> String,
        bind: (Statement) throws -> Void
    ) throws {
        try run(parts, sql: sql) { statement in
            do {
                try bind(statement)
                _ = try statement.step()
            } catch let error as SQLiteError {
                throw table.storeError(error)
            }
        }
    }
}
