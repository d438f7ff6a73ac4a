import Kernel

// Documents whose array grows in rows of its own.
extension Transaction {
    /// Calls `body` with the document of a row, put together if need be.
    /// - Parameter statement: has the columns that `documentColumns` names.
    func withDocument<R>(
        in collection: Collection, _ table: CollectionTable, _ statement: Statement, _ lastOnly: Bool,
        _ body: (Span<UInt8>) throws -> R
    ) throws -> R {
        guard let growth = table.growth, !statement.isNull(2),
            statement.integer(3) > 0 || statement.integer(4) > 0
        else { return try statement.withBytes(1, body) }
        let row = statement.integer(0)
        let at = Int(statement.integer(2))
        let whole = try statement.withBytes(1) { document in
            try document.withUnsafeBufferPointer { document in
                guard at <= document.count else {
                    throw StoreError.corrupt("a growing array is not where it should be")
                }
                var whole: [UInt8] = []
                whole += document[..<at]
                try appendElements(of: row, in: collection, growth, lastOnly, to: &whole)
                whole += document[at...]
                return whole
            }
        }
        return try body(whole.span)
    }

    func appendElements(
        of row: Int64, in collection: Collection, _ growth: GrowthTable, _ lastOnly: Bool, to whole: inout [UInt8]
    ) throws {
        var parts = parts(lastOnly ? .lastGrowth : .growth, collection)
        parts.bind(.integer(row))
        let sql = {
            "SELECT elements FROM \(growth.table) WHERE position = ? ORDER BY number"
                + (lastOnly ? " DESC LIMIT 1" : "")
        }
        try run(parts, sql: sql) { statement in
            var isFirst = true
            while try statement.step() {
                if !isFirst { whole.append(UInt8(ascii: ",")) }
                isFirst = false
                statement.withBytes(0) { span in span.withUnsafeBufferPointer { whole.append(contentsOf: $0) } }
            }
        }
    }

    /// Adds a row of elements, and puts the marker in place.
    func add(
        _ elements: some Swift.Collection<UInt8>, marker: (some Swift.Collection<UInt8>)?, to row: Int64,
        _ state: GrowthState, in collection: Collection, _ growth: GrowthTable
    ) throws {
        if !elements.isEmpty {
            try put(elements, as: Int64(state.rows - 1), .addGrowth, row, collection, growth)
        }
        if let marker { try put(marker, as: GrowthTable.markerNumber, .markGrowth, row, collection, growth) }
    }

    private func put(
        _ elements: some Swift.Collection<UInt8>, as number: Int64, _ verb: Verb, _ row: Int64,
        _ collection: Collection, _ growth: GrowthTable
    ) throws {
        let sql = { "INSERT OR REPLACE INTO \(growth.table) (position, number, elements) VALUES (?, ?, ?)" }
        try run(parts(verb, collection), sql: sql) { statement in
            try statement.bind([.integer(row), .integer(number)])
            try statement.bind(document: Array(elements), at: 3)
            _ = try statement.step()
        }
    }

    func dropElements(of row: Int64, in collection: Collection, _ growth: GrowthTable) throws {
        var parts = parts(.dropGrowth, collection)
        parts.bind(.integer(row))
        try run(parts, sql: { "DELETE FROM \(growth.table) WHERE position = ?" }) { _ = try $0.step() }
    }
}
