import Kernel

// Queries that one statement does not answer in order: several arms are merged.
extension Transaction {
    func merge(
        _ plan: ReadPlan, in collection: Collection, _ table: CollectionTable, _ query: Query,
        visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) throws {
        var after: ArmCursor.Key?
        if let position = query.after {
            let column = query.order.path.map { table.column($0) ?? FieldColumn($0, isInstant: false) }
            let value = query.afterValue == .null ? nil : column?.stored(query.afterValue.bytes[...])
            after = ArmCursor.Key(value: value ?? .null, position: position.row)
        }
        var cursors: [ArmCursor] = []
        for arm in plan.arms {
            if let combinations = try combinations(of: arm, in: collection, table) {
                cursors += combinations.map { ArmCursor(arm, $0, query, after: after) }
            } else {
                let unsorted = ReadPlan.Arm(filter: arm.filter, index: arm.index, enumerated: [], isSorted: false)
                cursors.append(ArmCursor(unsorted, [], query, after: after))
            }
        }
        let isReverse = query.order.isReverse
        var (count, last) = (0, ArmCursor.Key?.none)
        while count < query.limit ?? .max {
            var next: (cursor: Int, key: ArmCursor.Key)?
            for index in cursors.indices {
                guard let key = try cursors[index].peek(self, table, collection) else { continue }
                if let other = next?.key, isReverse ? !other.precedes(key) : !key.precedes(other) { continue }
                next = (index, key)
            }
            guard let next else { return }
            cursors[next.cursor].take()
            if next.key == last { continue }
            last = next.key
            count += 1
            if try visitDocument(at: next.key.position, in: collection, table, query, visit) == .stop { return }
        }
    }

    private func visitDocument(
        at row: Int64, in collection: Collection, _ table: CollectionTable, _ query: Query,
        _ visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) throws -> Visit {
        var parts = parts(.fetch, collection)
        parts.bind(.integer(row))
        let sql = { "SELECT \(Transaction.documentColumns(of: table)) FROM \(table.table) WHERE position = ?" }
        return try run(parts, sql: sql) { statement in
            guard try statement.step() else { return .next }
            return try withDocument(in: collection, table, statement, query.showsLastElementsOnly) {
                try visit(Position(row: row), $0)
            }
        }
    }

    private static let mostChoices = 64
    private static let mostCombinations = 128

    /// The combinations of values that the index has in the columns which the arm enumerates: each found by one step
    /// down the index, whatever number of documents has it.
    /// - Returns: nil if there are too many, or if they cannot be told apart from others.
    private func combinations(
        of arm: ReadPlan.Arm, in collection: Collection, _ table: CollectionTable
    ) throws -> [[SQLValue]]? {
        guard let last = arm.enumerated.last, let index = arm.index else { return [[]] }
        var named: [FieldPath: SQLValue] = [:]
        if case .and(let conditions) = arm.filter {
            for case .equal(let path, let value) in conditions {
                guard let column = table.column(path), let value = column.compared(value) else { continue }
                named[path] = value
            }
        }
        var prefixes: [(all: [SQLValue], enumerated: [SQLValue])] = [([], [])]
        for (level, path) in index.paths.enumerated() {
            if arm.enumerated.contains(path) {
                var longer: [(all: [SQLValue], enumerated: [SQLValue])] = []
                for prefix in prefixes {
                    guard let values = try values(behind: prefix.all, of: index, in: collection, table) else {
                        return nil
                    }
                    longer += values.map { (prefix.all + [$0], prefix.enumerated + [$0]) }
                }
                prefixes = longer
                guard prefixes.count <= Self.mostCombinations else { return nil }
                if path == last { break }
            } else {
                guard let value = named[path] else { return nil }
                prefixes = prefixes.map { ($0.all + [value], $0.enumerated) }
            }
            guard level < index.paths.count else { break }
        }
        return prefixes.map(\.enumerated)
    }

    /// The different values of an index's column behind the values of those before it.
    private func values(
        behind prefix: [SQLValue], of index: CollectionTable.ColumnIndex, in collection: Collection,
        _ table: CollectionTable
    ) throws -> [SQLValue]? {
        var values: [SQLValue] = []
        while values.count <= Self.mostChoices {
            var parts = parts(.choices, collection)
            parts.append(index.object.name)
            parts.append(UInt8(clamping: prefix.count))
            parts.append(values.isEmpty ? 0 : values.last == .null ? 1 : 2)
            for value in prefix { parts.bind(value) }
            if let last = values.last, last != .null { parts.bind(last) }
            let lower = values.isEmpty ? nil : values.last == .null ? "IS NOT NULL" : "> ?"
            let next = try run(parts, sql: { Self.choicesSQL(prefix.count, lower, index, table) }) { statement in
                try statement.step() ? statement.value(0) : nil
            }
            guard let next else { return values }
            values.append(next)
        }
        return nil
    }

    private static func choicesSQL(
        _ prefix: Int, _ lower: String?, _ index: CollectionTable.ColumnIndex, _ table: CollectionTable
    ) -> String {
        let columns = index.paths.map { FieldSQL.identifier(FieldColumn.name($0)) }
        let column = columns[prefix]
        let conditions = columns[..<prefix].map { "\($0) IS ?" } + (lower.map { ["\(column) \($0)"] } ?? [])
        return "SELECT \(column) FROM \(table.table) INDEXED BY \(index.identifier)"
            + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
            + " ORDER BY \(column) LIMIT 1"
    }
}
