import Kernel

/// A document as a row holds it.
struct KeptDocument {
    var split: SplitDocument
    private let table: CollectionTable
    private let text: [UInt8]
    /// Where the fields stand that have columns.
    private let ranges: [Range<Int>?]

    init(_ document: [UInt8], in table: CollectionTable) throws {
        self.table = table
        text = try CanonicalJSON.canonical(document)
        ranges = try table.ranges(in: text)
        if let growth = table.growth {
            split = try SplitDocument(text, growing: ranges[table.columns.count], growth.spec)
        } else {
            split = SplitDocument(whole: text)
        }
    }

    /// The columns that it fills, the document last.
    static func columns(of table: CollectionTable) -> [String] {
        ["filled"] + table.columns.map(\.identifier) + (table.growth == nil ? [] : GrowthTable.columns) + ["document"]
    }

    /// The places of the columns, but for the document's.
    var columns: Range<Int> { 0..<(1 + table.columns.count + (table.growth == nil ? 0 : GrowthTable.columns.count)) }

    func value(_ column: Int) -> SQLValue {
        if column == 0 { return .integer(1) }
        guard column <= table.columns.count else { return split.state.values[column - table.columns.count - 1] }
        return ranges[column - 1].map { table.columns[column - 1].stored(text[$0]) } ?? .null
    }

    /// The columns that an update of another document has to write. Those of the growing array are among them, since only
    /// the old row knows how that stood.
    func columnsToWrite(over old: KeptDocument) -> [Int] {
        columns.filter { $0 > table.columns.count || $0 > 0 && !hasSame($0 - 1, as: old) }
    }

    private func hasSame(_ field: Int, as other: KeptDocument) -> Bool {
        switch (ranges[field], other.ranges[field]) {
        case (let range?, let before?): text[range] == other.text[before]
        case (nil, nil): true
        default: false
        }
    }

    /// What the document has in a field.
    func json(at field: FieldPath) throws -> JSON {
        if let column = table.columns.firstIndex(where: { $0.path == field }) {
            return try ranges[column].map { try JSON(parsing: Array(text[$0])) } ?? .null
        }
        return field.steps.reduce(try JSON(parsing: text)) { $0[String($1.name)] ?? .null }
    }
}
