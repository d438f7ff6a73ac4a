import Kernel

/// A transaction that is open on a connection. Every verb is one prepared statement, found by the shape of its
/// arguments.
struct Transaction: ReadTransaction {
    let connection: Connection
    let tables: [CollectionTable]
    /// What is asked for after the commit; nil where there is nobody to ask.
    var hooks: CommitHooks?

    /// What a statement does; the first byte of its key in the cache.
    enum Verb: UInt8 {
        case find, arm, choices, fetch, count, locate, rows, insert, replace, delete
        case growth, lastGrowth, addGrowth, markGrowth, dropGrowth
    }

    func find(
        in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) throws {
        let table = try table(of: collection)
        var parts = parts(.find, collection)
        parts.append(query.filter, on: table)
        append(query, to: &parts)
        var arm: ReadPlan.Arm?
        // A statement that is kept is of a query that one statement answers.
        if query.order.path != nil && query.after != nil || !connection.keepsStatement(parts.key) {
            let plan = ReadPlan(query, on: table)
            arm = query.order.path == nil || query.after == nil ? plan.single : nil
            if arm == nil { return try merge(plan, in: collection, table, query, visit: visit) }
        }
        let sql = { try Transaction.select(query, from: table, arm?.index) }
        try run(parts, sql: sql) { statement in
            while try statement.step() {
                let position = Position(row: statement.integer(0))
                let next = try withDocument(in: collection, table, statement, query.showsLastElementsOnly) {
                    try visit(position, $0)
                }
                if next == .stop { return }
            }
        }
    }

    func count(in collection: Collection, where filter: Filter) throws -> Int {
        let table = try table(of: collection)
        var parts = parts(.count, collection)
        parts.append(filter, on: table)
        let sql = { "SELECT count(*) FROM \(table.table) WHERE \(try FilterSQL.condition(filter, on: table))" }
        return try run(parts, sql: sql) { try $0.step() ? Int($0.integer(0)) : 0 }
    }

    func table(of collection: Collection) throws -> CollectionTable {
        guard tables.indices.contains(collection.ordinal), tables[collection.ordinal].name == collection.name else {
            throw StoreError.misuse("the collection \(collection.name) is not declared")
        }
        return tables[collection.ordinal]
    }

    func parts(_ verb: Verb, _ collection: Collection) -> FilterParts {
        let ordinal = UInt16(clamping: collection.ordinal)
        return FilterParts(after: [verb.rawValue, UInt8(ordinal >> 8), UInt8(ordinal & 0xff)])
    }

    /// Lends the statement with its values bound, and translates what goes wrong.
    func run<R>(_ parts: FilterParts, sql: () throws -> String, _ body: (Statement) throws -> R) throws -> R {
        try translatingErrors {
            // A failure that ended the transaction (a full disk) must not let later statements commit by themselves.
            guard connection.isInTransaction else {
                throw StoreError.unavailable(reason: "the transaction was ended by an earlier failure", retryAfter: 1)
            }
            return try connection.withStatement(parts.key, sql: sql) { statement in
                try statement.bind(parts.values)
                return try body(statement)
            }
        }
    }
}

// The order of a query and its bounds.
extension Transaction {
    private func append(_ query: Query, to parts: inout FilterParts) {
        parts.append(query.order.isReverse ? UInt8(ascii: ">") : UInt8(ascii: "<"))
        if let path = query.order.path { parts.append(path) }
        if let after = query.after {
            parts.append(UInt8(ascii: "+"))
            parts.bind(.integer(after.row))
        }
        parts.bind(.integer(query.rowLimit))
    }

    /// The columns of a document's row that reading it needs; the first is its position.
    static func documentColumns(of table: CollectionTable) -> String {
        "position, document" + (table.growth == nil ? "" : ", growth_at, growth_rows, growth_left")
    }

    static func select(
        _ query: Query, from table: CollectionTable, _ index: CollectionTable.ColumnIndex?
    ) throws -> String {
        var sql = "SELECT \(documentColumns(of: table)) FROM \(table.table)"
        if let index { sql += " INDEXED BY \(index.identifier)" }
        sql += " WHERE \(try FilterSQL.condition(query.filter, on: table))"
        let direction = query.order.isReverse ? " DESC" : ""
        if query.after != nil { sql += " AND position \(query.order.isReverse ? "<" : ">") ?" }
        let key = try query.order.path.map { "\(try FilterSQL.field($0, table))\(direction), " }
        return sql + " ORDER BY \(key ?? "")position\(direction) LIMIT ?"
    }
}

extension Query {
    /// The limit as SQL has it, where -1 stands for none.
    var rowLimit: Int64 { limit.map { Int64(max($0, 0)) } ?? -1 }
}

extension Position {
    package init(row: Int64) {
        self.init(low: UInt64(bitPattern: row))
    }

    /// Positions that this driver did not make lie behind every row.
    package var row: Int64 { high == 0 ? Int64(clamping: low) : .max }
}
