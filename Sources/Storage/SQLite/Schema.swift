import CSQLite
import Kernel

/// Brings a database to what the modules declare: all of it in one transaction, nothing if it is so already.
struct Schema {
    /// The version of the layout, kept in `PRAGMA user_version`.
    static let version = 2
    /// `PRAGMA application_id`: "JSVC". Marks a file as a database of this service.
    static let applicationID = 0x4a53_5643

    let connection: Connection
    let path: String
    let log: Logger
    let onReach: @Sendable () -> Void

    func prepare(_ tables: [CollectionTable]) throws {
        try Schema.checkOrigin(of: path, connection)
        try useWAL()
        try inTransaction {
            try mark()
            let existing = try objects()
            for table in tables { try makeTable(table, existing) }
        }
        // What follows takes as long as there are documents that are not in the present layout.
        onReach()
        let takeover = LayoutTakeover(connection: connection, tables: tables, path: path, log: log)
        for ordinal in tables.indices { try takeover.run(ordinal) }
        for table in tables { try makeIndexes(of: table) }
    }

    private func inTransaction(_ body: () throws -> Void) throws {
        try connection.execute("BEGIN IMMEDIATE")
        do {
            try body()
            try connection.execute("COMMIT")
        } catch {
            try? connection.rollBack()
            throw error
        }
    }

    /// Refuses a database that this service did not make, or a newer version of it.
    static func checkOrigin(of path: String, _ connection: Connection) throws {
        let application = try connection.integer("PRAGMA application_id") ?? 0
        let version = try connection.integer("PRAGMA user_version") ?? 0
        let objects = try connection.integer("SELECT count(*) FROM sqlite_schema") ?? 0
        if application == 0, version == 0, objects == 0 { return }
        guard application == Schema.applicationID else {
            throw BootIssue(
                .environment, "the database \(path) belongs to another application (application_id \(application))",
                remedy: "name another file in storage.url")
        }
        guard version <= Schema.version else {
            throw BootIssue(
                .environment,
                "the database \(path) was made by a newer version of this service (layout \(version), "
                    + "this one knows \(Schema.version))",
                remedy: "run the newer version, or restore a backup from before it")
        }
    }

    /// Cannot be set within a transaction; it stays set in the file. A file system without shared memory keeps the
    /// old mode without an error.
    private func useWAL() throws {
        var mode = ""
        try connection.query("PRAGMA journal_mode = WAL") { mode = $0.text(0) }
        guard mode == "wal" else {
            throw BootIssue(
                .environment, "the file system of \(path) does not allow a write-ahead log (mode '\(mode)' remains)",
                remedy: "put the database on a local file system")
        }
    }

    private func mark() throws {
        if try connection.integer("PRAGMA application_id") != Int64(Schema.applicationID) {
            try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
        }
        if try connection.integer("PRAGMA user_version") != Int64(Schema.version) {
            try connection.execute("PRAGMA user_version = \(Schema.version)")
        }
    }

    /// What the database has of tables, indexes and triggers, by name.
    private func objects() throws -> [String: SchemaObject] {
        var objects: [String: SchemaObject] = [:]
        try connection.query("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL") { row in
            let name = row.text(1)
            objects[name] = SchemaObject(row.text(0).uppercased(), name, row.text(2))
        }
        return objects
    }

    /// Makes the table, or gives it the columns that it lacks. A table of the first layout, which has none, is set
    /// aside; what it holds is taken over afterwards, in steps.
    private func makeTable(_ table: CollectionTable, _ existing: [String: SchemaObject]) throws {
        if existing[table.name] != nil {
            let present = try columns(of: table)
            let missing = table.columnNames.filter { !present.contains($0) }
            if missing.isEmpty { return }
            if present.contains("filled") {
                for column in missing {
                    try connection.execute("ALTER TABLE \(table.table) ADD COLUMN \(FieldSQL.identifier(column))")
                }
                try connection.execute("UPDATE \(table.table) SET filled = NULL")
                if let growth = table.growth, existing[growth.definition.name] == nil {
                    for object in [growth.definition, growth.trigger] { try connection.execute(object.sql) }
                }
                return
            }
            for object in own(table, existing) { try connection.execute(object.drop) }
            try connection.execute("ALTER TABLE \(table.table) RENAME TO \(LayoutTakeover.former(table))")
        }
        try connection.execute(table.definition.sql)
        try connection.execute(table.unfilled.sql)
        for object in table.sideObjects { try connection.execute(object.sql) }
        // Positions are not used again, those of documents that are gone neither.
        try connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT \(FieldSQL.literal(table.name)), seq FROM sqlite_sequence"
                + " WHERE name = \(FieldSQL.literal(LayoutTakeover.formerName(table)))")
    }

    private func columns(of table: CollectionTable) throws -> Set<String> {
        var names: Set<String> = []
        try connection.query("SELECT name FROM pragma_table_info(\(FieldSQL.literal(table.name)))") {
            names.insert($0.text(0))
        }
        return names
    }

    /// Each in a transaction of its own, since it takes a while on a large table.
    private func makeIndexes(of table: CollectionTable) throws {
        let existing = try objects()
        let wanted = Set(
            (table.indexes.map(\.object) + [table.unfilled] + table.sideObjects).map(\.name))
        let undeclared = own(table, existing).filter { !wanted.contains($0.name) }
        if !undeclared.isEmpty { try inTransaction { for object in undeclared { try drop(object) } } }
        for index in table.indexes where existing[index.object.name] != index.object {
            try inTransaction {
                if let old = existing[index.object.name] { try drop(old) }
                try create(index, of: table)
            }
        }
        for array in table.arrays {
            let wanted = [array.definition] + array.triggers
            if wanted.allSatisfy({ existing[$0.name] == $0 }) { continue }
            try inTransaction {
                for object in wanted.reversed() { try connection.execute(object.drop) }
                for object in wanted { try connection.execute(object.sql) }
                try connection.execute(array.fill)
            }
        }
    }

    /// What this driver has made for a table: indexes, triggers and side tables are known by their names. Tables come
    /// last, as dropping one drops its indexes.
    private func own(_ table: CollectionTable, _ existing: [String: SchemaObject]) -> [SchemaObject] {
        existing.values
            .filter { $0.name.hasPrefix(table.name + ".") || $0.name.hasPrefix(table.name + "/") }
            .sorted { ($0.kind, $0.name) > ($1.kind, $1.name) }
    }

    private func drop(_ object: SchemaObject) throws {
        log.warning("the \(object.kind.lowercased()) '\(object.name)' is not declared any more and is dropped")
        try connection.execute(object.drop)
    }

    private func create(_ index: CollectionTable.ColumnIndex, of table: CollectionTable) throws {
        do {
            try connection.execute(index.object.sql)
        } catch {
            guard error.code == SQLiteError.uniqueViolation else { throw error }
            throw try violation(of: index, in: table)
        }
    }

    private func violation(of index: CollectionTable.ColumnIndex, in table: CollectionTable) throws -> BootIssue {
        let columns = index.paths.map { FieldSQL.identifier(FieldColumn.name($0)) }
        let values = try index.paths.map { "document -> \(try FieldSQL.jsonPath($0))" }
        var example = ""
        try connection.query(
            "SELECT \(values.joined(separator: " || ', ' || ")), count(*) FROM \(table.table)"
                + " WHERE \(columns.map { "\($0) IS NOT NULL" }.joined(separator: " AND "))"
                + " GROUP BY \(columns.joined(separator: ", ")) HAVING count(*) > 1 LIMIT 1"
        ) { example = ": \($0.integer(1)) documents have \($0.text(0))" }
        let fields = index.paths.map { "'\($0)'" }.joined(separator: " and ")
        return BootIssue(
            .environment,
            "the database \(path) holds documents in '\(table.name)' that must differ in \(fields) "
                + "and do not\(example)",
            remedy: "correct or remove all but one of them (with sqlite3, while the service is stopped)")
    }
}
