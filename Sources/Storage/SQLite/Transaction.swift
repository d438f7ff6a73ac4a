import Kernel

/// A transaction that is open on a connection. Every verb is one prepared statement, found by the shape of its
/// arguments.
struct Transaction: ReadTransaction {
    let connection: Connection
    let tables: [CollectionTable]

    /// What a statement does; the first byte of its key in the cache.
    enum Verb: UInt8 {
        case find, findMerged, count, locate, insert, change, replace, delete
    }

    func find(
        in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) throws {
        let table = try table(of: collection)
        let merged = MergedSelect(query, on: table)
        var parts = parts(merged == nil ? .find : .findMerged, collection)
        if let merged {
            merged.append(query, to: &parts)
        } else {
            parts.append(query.filter)
            try append(query, to: &parts)
        }
        let sql = { try merged?.sql(query, on: table) ?? Transaction.select(query, from: table) }
        try run(parts, sql: sql) { statement in
            while try statement.step() {
                let position = Position(row: statement.integer(0))
                let next = try statement.withBytes(1) { try visit(position, $0) }
                if next == .stop { return }
            }
        }
    }

    func count(in collection: Collection, where filter: Filter) throws -> Int {
        let table = try table(of: collection)
        var parts = parts(.count, collection)
        parts.append(filter)
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
            return try connection.withStatement(parts.shape, sql: sql) { statement in
                for (index, value) in parts.values.enumerated() { try statement.bind(value, at: index + 1) }
                return try body(statement)
            }
        }
    }
}

// The order of a query and its bounds.
extension Transaction {
    private func append(_ query: Query, to parts: inout FilterParts) throws {
        switch query.order {
        case .entry: parts.append(UInt8(ascii: "<"))
        case .reverseEntry: parts.append(UInt8(ascii: ">"))
        case .field(let path), .reverseField(let path):
            if case .field = query.order { parts.append(UInt8(ascii: "f")) } else { parts.append(UInt8(ascii: "r")) }
            parts.append(path)
            if query.after != nil { parts.append(Filter.equal(path, query.afterValue)) }
        }
        if let after = query.after {
            parts.append(UInt8(ascii: "+"))
            parts.bind(.integer(after.row))
        }
        parts.bind(.integer(query.rowLimit))
    }

    static func select(_ query: Query, from table: CollectionTable) throws -> String {
        var sql =
            "SELECT position, document FROM \(table.table) WHERE \(try FilterSQL.condition(query.filter, on: table))"
        switch query.order {
        case .entry:
            if query.after != nil { sql += " AND position > ?" }
            sql += " ORDER BY position"
        case .reverseEntry:
            if query.after != nil { sql += " AND position < ?" }
            sql += " ORDER BY position DESC"
        case .field(let path):
            let field = try FieldSQL.value(path)
            if query.after != nil {
                sql +=
                    query.afterValue == .null
                    ? " AND (\(field) IS NOT NULL OR position > ?)" : " AND (\(field), position) > (?, ?)"
            }
            sql += " ORDER BY \(field), position"
        case .reverseField(let path):
            let field = try FieldSQL.value(path)
            if query.after != nil {
                sql +=
                    query.afterValue == .null
                    ? " AND \(field) IS NULL AND position < ?"
                    : " AND ((\(field), position) < (?, ?) OR \(field) IS NULL)"
            }
            sql += " ORDER BY \(field) DESC, position DESC"
        }
        return sql + " LIMIT ?"
    }
}

extension Query {
    /// The limit as SQL has it, where -1 stands for none.
    var rowLimit: Int64 { limit.map { Int64(max($0, 0)) } ?? -1 }
}

extension Position {
    init(row: Int64) {
        self.init(low: UInt64(bitPattern: row))
    }

    /// Positions that this driver did not make lie behind every row.
    var row: Int64 { high == 0 ? Int64(clamping: low) : .max }
}
