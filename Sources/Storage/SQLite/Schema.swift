import CSQLite
import Kernel

/// Brings a database to what the modules declare: all of it in one transaction, nothing if it is so already.
struct Schema {
    /// The version of the layout, kept in `PRAGMA user_version`.
    static let version = 1
    /// `PRAGMA application_id`: "JSVC". Marks a file as a database of this service.
    static let applicationID = 0x4a53_5643

    let connection: Connection
    let path: String
    let log: Logger

    func prepare(_ tables: [CollectionTable]) throws {
        try Schema.checkOrigin(of: path, connection)
        try useWAL()
        try connection.execute("BEGIN IMMEDIATE")
        do {
            try mark()
            let existing = try objects()
            for table in tables { try prepare(table, existing) }
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
        if try connection.integer("PRAGMA application_id") == Int64(Schema.applicationID) { return }
        try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
        try connection.execute("PRAGMA user_version = \(Schema.version)")
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

    private func prepare(_ table: CollectionTable, _ existing: [String: SchemaObject]) throws {
        if existing[table.name] == nil { try connection.execute(table.definition.sql) }
        try dropUndeclared(table, existing)
        for index in table.indexes {
            if let old = existing[index.object.name] {
                if old == index.object { continue }
                try drop(old)
            }
            try create(index, of: table)
        }
        for array in table.arrays {
            let wanted = [array.definition] + array.triggers
            if wanted.allSatisfy({ existing[$0.name] == $0 }) { continue }
            for object in wanted.reversed() { try connection.execute(object.drop) }
            for object in wanted { try connection.execute(object.sql) }
            try connection.execute(array.fill)
        }
    }

    /// Drops indexes that this driver made for an earlier declaration; they are known by their names.
    private func dropUndeclared(_ table: CollectionTable, _ existing: [String: SchemaObject]) throws {
        let wanted = Set(
            table.indexes.map(\.object.name) + table.arrays.flatMap { [$0.definition] + $0.triggers }.map(\.name))
        let own = existing.values.filter {
            $0.name.hasPrefix(table.name + ".") || $0.name.hasPrefix(table.name + "/")
        }
        // Tables last: dropping one drops its indexes.
        for object in own.sorted(by: { ($0.kind, $0.name) > ($1.kind, $1.name) }) where !wanted.contains(object.name) {
            try drop(object)
        }
    }

    private func drop(_ object: SchemaObject) throws {
        log.warning("the \(object.kind.lowercased()) '\(object.name)' is not declared any more and is dropped")
        try connection.execute(object.drop)
    }

    private func create(_ index: CollectionTable.ExpressionIndex, of table: CollectionTable) throws {
        do {
            try connection.execute(index.object.sql)
        } catch {
            guard error.code == SQLiteError.uniqueViolation else { throw error }
            throw try violation(of: index, in: table)
        }
    }

    private func violation(
        of index: CollectionTable.ExpressionIndex, in table: CollectionTable
    ) throws -> BootIssue {
        var example = ""
        try connection.query(
            "SELECT document -> \(try FieldSQL.jsonPath(index.path)), count(*) FROM \(table.table)"
                + " WHERE \(index.expression) IS NOT NULL GROUP BY \(index.expression) HAVING count(*) > 1 LIMIT 1"
        ) { example = ": \($0.integer(1)) documents have \($0.text(0))" }
        return BootIssue(
            .environment,
            "the database \(path) holds documents in '\(table.name)' that must differ in '\(index.path)' "
                + "and do not\(example)",
            remedy: "correct or remove all but one of them (with sqlite3, while the service is stopped)")
    }
}
