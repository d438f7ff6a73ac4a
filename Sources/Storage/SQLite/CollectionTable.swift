import Kernel

/// A declared collection as it lies in the database: a table with a row for each document and a column for each field
/// that an index needs, the indexes, for each index into an array a side table that triggers keep, and a side table for
/// the array that grows. A class, since every step of a transaction hands it on.
final class CollectionTable: Sendable {
    let name: String
    /// The table as an SQL identifier.
    let table: String
    let columns: [FieldColumn]
    let indexes: [ColumnIndex]
    let arrays: [ArrayIndex]
    let growth: GrowthTable?
    /// Fields that have few different values.
    let choices: Set<FieldPath>
    private let scan: FieldScan

    struct ColumnIndex: Sendable {
        let paths: [FieldPath]
        let isUnique: Bool
        let object: SchemaObject
        let identifier: String
    }

    init(_ spec: CollectionSpec) throws {
        let table = FieldSQL.identifier(spec.name)
        name = spec.name
        self.table = table
        choices = Set(spec.choices.keys)
        growth = try spec.growing.map { try GrowthTable(of: spec.name, $0) }
        var columns: [FieldColumn] = []
        var indexes: [ColumnIndex] = []
        var arrays: [ArrayIndex] = []
        for index in spec.indexes {
            if index.paths.contains(where: { $0.steps.contains(where: \.isArray) }) {
                guard !index.isUnique, index.paths.count == 1 else {
                    throw StoreError.misuse("an index into an array is neither unique nor has other fields: \(index)")
                }
                arrays.append(try ArrayIndex(of: spec.name, at: index.path))
                continue
            }
            for path in index.paths where !columns.contains(where: { $0.path == path }) {
                columns.append(FieldColumn(path, isInstant: spec.instants.contains(path)))
            }
            // A unique index serves lookups, too, and has the order of its field.
            if !index.isUnique, indexes.contains(where: { $0.paths == index.paths }) { continue }
            indexes.append(ColumnIndex(index, of: spec.name))
        }
        // Instants are compared as such, which SQL cannot do with their texts.
        for path in spec.instants where !path.steps.contains(where: \.isArray) {
            if !columns.contains(where: { $0.path == path }) { columns.append(FieldColumn(path, isInstant: true)) }
        }
        self.columns = columns
        self.indexes = indexes
        self.arrays = arrays
        scan = try FieldScan(columns.map(\.path) + (growth.map { [$0.spec.path] } ?? []))
    }

    func column(_ path: FieldPath) -> FieldColumn? {
        columns.first { $0.path == path }
    }

    /// Where the fields that have columns stand in a document, and behind them the growing array; nil for what is not
    /// there.
    /// - Throws: `StoreError.misuse` if it is no JSON object.
    func ranges(in document: [UInt8]) throws -> [Range<Int>?] {
        try document.withUnsafeBufferPointer { try scan.ranges(in: $0) }
    }

    /// The names of the columns that it needs, in their order.
    var columnNames: [String] {
        ["position", "filled"] + columns.map { FieldColumn.name($0.path) }
            + (growth == nil ? [] : GrowthTable.columns) + ["document"]
    }

    /// The columns stand before the document, which may fill many pages.
    var definition: SchemaObject {
        let growth = growth == nil ? "" : GrowthTable.columns.map { "\($0) INTEGER, " }.joined()
        return SchemaObject(
            "TABLE", name,
            "CREATE TABLE \(table) (position INTEGER PRIMARY KEY AUTOINCREMENT, filled INTEGER, "
                + columns.map { $0.identifier + ", " }.joined() + growth + "document TEXT NOT NULL)")
    }

    /// Rows whose columns are still to be filled: documents that another program has put in.
    var unfilled: SchemaObject {
        let name = "\(name).unfilled"
        return SchemaObject(
            "INDEX", name,
            "CREATE INDEX \(FieldSQL.identifier(name)) ON \(table) (position) WHERE filled IS NULL")
    }

    /// The objects beside the table and its column indexes, with the tables first.
    var sideObjects: [SchemaObject] {
        arrays.flatMap { [$0.definition] + $0.triggers } + (growth.map { [$0.definition, $0.trigger] } ?? [])
    }

    /// The store's error for a failed change: a violated unique index is named by its columns in SQLite's message
    /// (`UNIQUE constraint failed: inprogress.$.parameters.target`).
    func storeError(_ error: SQLiteError) -> StoreError {
        guard error.code == SQLiteError.uniqueViolation else { return error.storeError }
        for index in indexes where index.isUnique {
            let columns = index.paths.map { "\(name).\(FieldColumn.name($0))" }.joined(separator: ", ")
            if error.message.hasSuffix(": \(columns)") { return .duplicateKey(collection: name, path: index.paths[0]) }
        }
        return error.storeError
    }
}

extension CollectionTable.ColumnIndex {
    init(_ index: CollectionSpec.Index, of collection: String) {
        let name = "\(collection).\(index.paths.map(\.description).joined(separator: ","))"
        paths = index.paths
        isUnique = index.isUnique
        identifier = FieldSQL.identifier(name)
        let columns = index.paths.map { FieldSQL.identifier(FieldColumn.name($0)) }.joined(separator: ", ")
        object = SchemaObject(
            "INDEX", name,
            "CREATE \(index.isUnique ? "UNIQUE INDEX" : "INDEX") \(identifier) "
                + "ON \(FieldSQL.identifier(collection)) (\(columns))")
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
