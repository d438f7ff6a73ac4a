import Kernel

/// A query in order of entry whose filter gives a choice, of values of an indexed field or of indexed fields: one
/// SELECT for each possibility, which its index yields in order of entry, merged by SQLite (UNION ALL … ORDER BY).
///
/// As one SELECT, SQLite would sort all that is found, documents included, before it gives the first; and a long list
/// that is read in steps would have it do so for each step.
struct MergedSelect {
    /// The documents of one SELECT: those that match `filter` and none of `others`, which earlier ones yield.
    private struct Arm {
        let filter: Filter
        let others: [Filter]
    }

    private static let mostArms = 16

    private let arms: [Arm]

    /// Nil if the query is better read as one SELECT.
    init?(_ query: Query, on table: CollectionTable) {
        switch query.order {
        case .field, .reverseField: return nil
        case .entry, .reverseEntry: break
        }
        let conditions: [Filter] =
            switch query.filter {
            case .and(let filters): filters
            case .among, .or: [query.filter]
            default: []
            }
        // A condition that leaves one entry of an index leaves its order, too.
        if conditions.isEmpty || conditions.contains(where: { Self.keepsOrder($0, on: table) }) { return nil }
        for (index, condition) in conditions.enumerated() {
            guard let choices = Self.choices(condition, on: table) else { continue }
            var rest = conditions
            rest.remove(at: index)
            let overlap = if case .or = condition { true } else { false }
            arms = choices.enumerated().map { number, choice in
                Arm(filter: .and(rest + [choice]), others: overlap ? Array(choices[..<number]) : [])
            }
            return
        }
        return nil
    }

    /// Adds the shape of the query, and its values in the order of the parameters.
    func append(_ query: Query, to parts: inout FilterParts) {
        for arm in arms {
            parts.append(UInt8(ascii: "U"))
            parts.append(arm.filter)
            for other in arm.others { parts.append(other) }
            parts.append(0)
            if let after = query.after { parts.bind(.integer(after.row)) }
        }
        parts.append(query.order == .reverseEntry ? 1 : 2)
        parts.append(query.after == nil ? 1 : 2)
        parts.bind(.integer(query.rowLimit))
    }

    func sql(_ query: Query, on table: CollectionTable) throws -> String {
        let isReverse = query.order == .reverseEntry
        let selects = try arms.map { arm in
            var sql =
                "SELECT position, document FROM \(table.table) WHERE \(try FilterSQL.condition(arm.filter, on: table))"
            for other in arm.others { sql += " AND (\(try FilterSQL.condition(other, on: table))) IS NOT 1" }
            if query.after != nil { sql += isReverse ? " AND position < ?" : " AND position > ?" }
            return sql
        }
        return selects.joined(separator: " UNION ALL ") + " ORDER BY position\(isReverse ? " DESC" : "") LIMIT ?"
    }

    private static func keepsOrder(_ filter: Filter, on table: CollectionTable) -> Bool {
        switch filter {
        case .equal(let path, _), .absent(let path): table.indexes.contains { $0.path == path }
        case .contains(let path, _): table.arrays.contains { $0.path == path }
        default: false
        }
    }

    /// The possibilities of a condition, each of which keeps the order; nil if that cannot be said of all.
    private static func choices(_ filter: Filter, on table: CollectionTable) -> [Filter]? {
        switch filter {
        case .among(let path, let values):
            guard table.indexes.contains(where: { $0.path == path }) else { return nil }
            var different: [JSON] = []
            for value in values {
                // Which of them are equal to another, only SQLite says for certain.
                if case .number = value { return nil }
                if !different.contains(where: { $0.bytes == value.bytes }) { different.append(value) }
                if different.count > mostArms { return nil }
            }
            return different.isEmpty ? nil : different.map { .equal(path, $0) }
        case .or(let filters):
            guard (1...mostArms).contains(filters.count) else { return nil }
            return filters.allSatisfy { keepsOrder($0, on: table) } ? filters : nil
        default:
            return nil
        }
    }
}
