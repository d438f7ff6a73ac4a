import Kernel

/// A declared collection as it lies in the database: a table of documents, expression indexes over it, and for each
/// index into an array a side table that triggers keep.
struct CollectionTable: Sendable {
    let name: String
    /// The table as an SQL identifier.
    let table: String
    let indexes: [ExpressionIndex]
    let arrays: [ArrayIndex]

    struct ExpressionIndex: Sendable {
        let path: FieldPath
        let isUnique: Bool
        let object: SchemaObject
        let expression: String
    }

    init(_ spec: CollectionSpec) throws {
        let table = FieldSQL.identifier(spec.name)
        name = spec.name
        self.table = table
        var indexes: [ExpressionIndex] = []
        var arrays: [ArrayIndex] = []
        for index in spec.indexes {
            if index.paths.contains(where: { $0.steps.contains(where: \.isArray) }) {
                guard !index.isUnique, index.paths.count == 1 else {
                    throw StoreError.misuse("an index into an array cannot be unique: \(spec.name), '\(index.path)'")
                }
                arrays.append(try ArrayIndex(of: spec.name, at: index.path))
            } else if index.isUnique || index.paths.count > 1 || !spec.indexes.contains(.unique(index.path)) {
                // A unique index serves lookups, too, and has the order of its field.
                let name = "\(spec.name).\(index.paths.map(\.description).joined(separator: ","))"
                let expression = try index.paths.map { try FieldSQL.value($0) }.joined(separator: ", ")
                let object = SchemaObject(
                    "INDEX", name,
                    "CREATE \(index.isUnique ? "UNIQUE INDEX" : "INDEX") \(FieldSQL.identifier(name)) "
                        + "ON \(table) (\(expression))")
                indexes.append(
                    ExpressionIndex(
                        path: index.path, isUnique: index.isUnique, object: object, expression: expression))
            }
        }
        self.indexes = indexes
        self.arrays = arrays
    }

    var definition: SchemaObject {
        SchemaObject(
            "TABLE", name,
            "CREATE TABLE \(table) (position INTEGER PRIMARY KEY AUTOINCREMENT,"
                + " document TEXT NOT NULL CHECK (json_type(document) = 'object'))")
    }

    /// The store's error for a failed change: a violated unique index is named in SQLite's message
    /// (`UNIQUE constraint failed: index 'inprogress.parameters.target'`).
    func storeError(_ error: SQLiteError) -> StoreError {
        guard error.code == SQLiteError.uniqueViolation else { return error.storeError }
        for index in indexes where error.message.hasSuffix("'\(index.object.name)'") {
            return .duplicateKey(collection: name, path: index.path)
        }
        return error.storeError
    }
}

/// Something that sqlite_schema lists: its kind, name, and the statement that makes it.
struct SchemaObject: Sendable, Hashable {
    let kind: String
    let name: String
    let sql: String

    init(_ kind: String, _ name: String, _ sql: String) {
        self.kind = kind
        self.name = name
        self.sql = sql
    }

    var drop: String { "DROP \(kind) IF EXISTS \(FieldSQL.identifier(name))" }
}
