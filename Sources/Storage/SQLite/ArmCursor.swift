import Kernel

/// Goes through the places that one arm of a query yields, in the query's order, a batch of them at a time. Only
/// places are sorted and kept, never documents.
struct ArmCursor {
    /// A document's place in the order: the value of the order's field (NULL in orders of entry) and the position.
    struct Key: Hashable {
        let value: SQLValue
        let position: Int64
    }

    /// How far it is: the documents with the same value as the last one and a position beyond it come first, then
    /// those with values beyond; in reverse those without a value come last.
    private enum Stage: UInt8 {
        case start, tie, beyond, absent, end
    }

    let arm: ReadPlan.Arm
    /// The values of the columns that the arm enumerates.
    let values: [SQLValue]
    private let order: Query.Order
    private var stage = Stage.start
    private var last: Key?
    private var batch: ArraySlice<Key> = []
    private var size: Int

    /// - Parameter query: the query, without `limit` only if all may be wanted.
    init(_ arm: ReadPlan.Arm, _ values: [SQLValue], _ query: Query, after: Key?) {
        self.arm = arm
        self.values = values
        order = query.order
        size = arm.isSorted ? min(max(query.limit ?? 64, 1), 256) : 2048
        if let after {
            last = after
            stage = .tie
        }
    }

    /// The next place, which stays the next one until it is taken.
    mutating func peek(_ transaction: Transaction, _ table: CollectionTable, _ collection: Collection) throws -> Key? {
        while batch.isEmpty, stage != .end { try fill(transaction, table, collection) }
        return batch.first
    }

    mutating func take() {
        batch = batch.dropFirst()
    }

    private mutating func fill(
        _ transaction: Transaction, _ table: CollectionTable, _ collection: Collection
    ) throws {
        var parts = transaction.parts(.arm, collection)
        append(to: &parts, table)
        let sql = { try self.sql(table) }
        let found = try transaction.run(parts, sql: sql) { statement in
            var found: [Key] = []
            while try statement.step() {
                found.append(Key(value: statement.value(1), position: statement.integer(0)))
            }
            return found
        }
        batch = found[...]
        if found.count == size, let last = found.last {
            self.last = last
            stage = .tie
            size = min(size * 2, 2048)
        } else {
            advance()
        }
    }

    private mutating func advance() {
        switch (stage, order) {
        case (.tie, .field): stage = .beyond
        case (.tie, .reverseField): stage = last?.value == .null ? .end : .beyond
        case (.beyond, .reverseField): stage = .absent
        default: stage = .end
        }
    }

    private func append(to parts: inout FilterParts, _ table: CollectionTable) {
        parts.append(arm.filter, on: table)
        parts.append(arm.index?.object.name ?? "")
        for (path, value) in zip(arm.enumerated, values) {
            parts.append(path)
            parts.bind(value)
        }
        parts.append(stage.rawValue)
        parts.append(order.isReverse ? 1 : 0)
        parts.append(last?.value == .null ? 1 : 0)
        if let path = order.path { parts.append(path) }
        switch stage {
        case .start, .absent, .end: break
        case .tie:
            if order.path != nil, let value = last?.value, value != .null { parts.bind(value) }
            parts.bind(.integer(last?.position ?? 0))
        case .beyond:
            if last?.value != .null { parts.bind(last?.value ?? .null) }
        }
        parts.bind(.integer(Int64(size)))
    }

    private func sql(_ table: CollectionTable) throws -> String {
        let key = try order.path.map { try FilterSQL.field($0, table) }
        var sql = "SELECT position, \(key ?? "NULL") FROM \(table.table)"
        if let index = arm.index { sql += " INDEXED BY \(index.identifier)" }
        let plain = stage == .tie || stage == .absent ? order.path : nil
        sql += " WHERE \(try FilterSQL.condition(arm.filter, on: table, plain: plain))"
        for path in arm.enumerated { sql += " AND \(try FilterSQL.field(path, table)) IS ?" }
        let sign = order.isReverse ? "<" : ">"
        switch stage {
        case .start, .end: break
        case .tie:
            sql += key.map { " AND \($0) " + (last?.value == .null ? "IS NULL" : "= ?") } ?? ""
            sql += " AND position \(sign) ?"
        case .beyond: sql += key.map { " AND \($0) " + (last?.value == .null ? "IS NOT NULL" : "\(sign) ?") } ?? ""
        case .absent: sql += key.map { " AND \($0) IS NULL" } ?? ""
        }
        let direction = order.isReverse ? " DESC" : ""
        // Where all have the same value, it is no part of the order: SQLite would not see that by itself.
        let first = stage == .tie || stage == .absent ? nil : key.map { "\($0)\(direction), " }
        return sql + " ORDER BY \(first ?? "")position\(direction) LIMIT ?"
    }
}

extension ArmCursor.Key {
    /// Whether it comes before another in ascending order, as SQLite compares.
    func precedes(_ other: ArmCursor.Key) -> Bool {
        if value == other.value { return position < other.position }
        return value.precedes(other.value)
    }
}

extension SQLValue {
    /// Whether it comes before another as SQLite compares: NULL, numbers, texts byte by byte, BLOBs.
    func precedes(_ other: SQLValue) -> Bool {
        switch (self, other) {
        case (.integer(let a), .integer(let b)): a < b
        case (.integer(let a), .real(let b)): Double(a) < b
        case (.real(let a), .integer(let b)): a < Double(b)
        case (.real(let a), .real(let b)): a < b
        case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.blob(let a), .blob(let b)): a.lexicographicallyPrecedes(b)
        default: rank < other.rank
        }
    }

    private var rank: Int {
        switch self {
        case .null: 0
        case .integer, .real: 1
        case .text: 2
        case .blob: 3
        }
    }
}
