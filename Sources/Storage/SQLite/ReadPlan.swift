import Kernel

/// How a query is read: which index, by which of its columns, and whether that has the order of the query.
///
/// A query is read in arms, each of which an index yields: one for each choice that the filter gives, or that an index
/// has between the fields that the query names. SQLite's own planner is told the index, since it knows no numbers and
/// is wrong where they matter.
struct ReadPlan {
    struct Arm {
        /// What the documents match; the whole filter with one of its choices.
        let filter: Filter
        let index: CollectionTable.ColumnIndex?
        /// Columns of the index that the filter does not name: one arm for each combination of their values.
        let enumerated: [FieldPath]
        /// Whether the index yields them in the query's order.
        let isSorted: Bool
    }

    private static let mostArms = 32

    let arms: [Arm]
    /// Whether a document may match several arms.
    let overlaps: Bool

    init(_ query: Query, on table: CollectionTable) {
        let conditions = Self.conditions(of: query.filter)
        let alternatives = conditions.firstIndex {
            if case .or(let filters) = $0 { (2...8).contains(filters.count) } else { false }
        }
        if let alternatives, case .or(let filters) = conditions[alternatives],
            filters.allSatisfy({ Self.isIndexed($0, table) }),
            !conditions.contains(where: { Self.isIndexed($0, table) })
        {
            var rest = conditions
            rest.remove(at: alternatives)
            arms = filters.flatMap { Self.arms(rest + [$0], query, table) }
            overlaps = true
        } else {
            arms = Self.arms(conditions, query, table)
            overlaps = false
        }
    }

    /// The one arm that yields everything in order by one statement; nil if more is needed.
    var single: Arm? {
        guard arms.count == 1, arms[0].isSorted, arms[0].enumerated.isEmpty else { return nil }
        return arms[0]
    }

    /// What must hold all together, in the order of its parameters.
    private static func conditions(of filter: Filter) -> [Filter] {
        if case .and(let filters) = filter { filters.flatMap(conditions) } else { [filter] }
    }

    private static func isIndexed(_ filter: Filter, _ table: CollectionTable) -> Bool {
        switch filter {
        case .equal(let path, _): table.indexes.contains { $0.paths[0] == path }
        case .contains(let path, _): table.arrays.contains { $0.path == path }
        default: false
        }
    }

    private static func arms(_ conditions: [Filter], _ query: Query, _ table: CollectionTable) -> [Arm] {
        var named: [FieldPath: Int] = [:]
        var ranges: Set<FieldPath> = []
        for condition in conditions {
            switch condition {
            case .equal(let path, _): named[path] = 1
            case .among(let path, let values) where !values.isEmpty: named[path] = named[path] ?? values.count
            case .atLeast(let path, _), .less(let path, _), .atMost(let path, _), .more(let path, _):
                ranges.insert(path)
            case .contains(let path, _) where table.arrays.contains { $0.path == path }:
                // The side table has the order of entry for each value.
                return [Arm(filter: .and(conditions), index: nil, enumerated: [], isSorted: query.isInOrderOfEntry)]
            default: break
            }
        }
        var best = Candidate(table: query)
        for index in table.indexes {
            let candidate = Candidate(index, named, ranges, query, table)
            if best < candidate { best = candidate }
        }
        // A choice of values is one arm each, where that keeps the order.
        var filters: [[Filter]] = [[]]
        for condition in conditions {
            guard case .among(let path, let values) = condition, best.bound.contains(path), values.count > 1,
                let different = differentValues(values), filters.count * different.count <= mostArms
            else {
                filters = filters.map { $0 + [condition] }
                continue
            }
            filters = filters.flatMap { filter in different.map { filter + [.equal(path, $0)] } }
        }
        let isSplit = conditions.allSatisfy { condition in
            guard case .among(let path, let values) = condition, best.bound.contains(path), values.count > 1 else {
                return true
            }
            return !filters[0].contains(condition)
        }
        return filters.map {
            Arm(
                filter: .and($0), index: best.index, enumerated: best.enumerated,
                isSorted: best.isSorted && isSplit)
        }
    }

    /// The values without repetitions; nil where only SQLite can tell which are equal.
    private static func differentValues(_ values: [JSON]) -> [JSON]? {
        var (different, known): ([JSON], Set<JSON>) = ([], [])
        for value in values {
            if case .number = value { return nil }
            if known.insert(value).inserted { different.append(value) }
        }
        return different
    }

    /// An index, and what it is worth for a query.
    private struct Candidate: Comparable {
        var index: CollectionTable.ColumnIndex?
        var bound: [FieldPath] = []
        var enumerated: [FieldPath] = []
        var narrowsRange = false
        var isSorted = false
        var isPoint = false

        /// The table itself, which is in order of entry.
        init(table query: Query) {
            isSorted = query.isInOrderOfEntry
        }

        init(
            _ index: CollectionTable.ColumnIndex, _ named: [FieldPath: Int], _ ranges: Set<FieldPath>, _ query: Query,
            _ table: CollectionTable
        ) {
            self.index = index
            var rest = index.paths[...]
            while let path = rest.first, path != query.order.path, !ranges.contains(path) {
                if named[path] != nil {
                    bound.append(path)
                } else if table.choices.contains(path), rest.count > 1 || query.isInOrderOfEntry {
                    enumerated.append(path)
                } else {
                    break
                }
                rest = rest.dropFirst()
            }
            narrowsRange = rest.first.map(ranges.contains) ?? false
            isSorted = query.order.path.map { rest.elementsEqual([$0]) } ?? rest.isEmpty
            isPoint = index.isUnique && bound.count == index.paths.count
            if !narrowsRange, !isSorted || bound.isEmpty && query.isInOrderOfEntry {
                // The columns behind the last one that is named are of no use.
                while let last = enumerated.last, let place = index.paths.firstIndex(of: last),
                    bound.allSatisfy({ (index.paths.firstIndex(of: $0) ?? 0) < place })
                {
                    enumerated.removeLast()
                    isSorted = false
                }
            }
        }

        private var worth: [Int] {
            let isUseful = index == nil || !bound.isEmpty || narrowsRange || isSorted
            return [
                isUseful ? 1 : 0, isPoint ? 1 : 0, bound.count, narrowsRange ? 1 : 0, isSorted ? 1 : 0,
                -enumerated.count,
            ]
        }

        static func == (a: Candidate, b: Candidate) -> Bool { a.worth == b.worth }
        static func < (a: Candidate, b: Candidate) -> Bool { a.worth.lexicographicallyPrecedes(b.worth) }
    }
}

extension Query {
    var isInOrderOfEntry: Bool { order.path == nil }
}

extension Query.Order {
    /// The field of the order; nil for the orders of entry.
    var path: FieldPath? {
        switch self {
        case .entry, .reverseEntry: nil
        case .field(let path), .reverseField(let path): path
        }
    }

    var isReverse: Bool {
        switch self {
        case .entry, .field: false
        case .reverseEntry, .reverseField: true
        }
    }
}
