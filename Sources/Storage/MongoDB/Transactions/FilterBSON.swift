import Kernel

/// Filters as query documents. MongoDB's own equality looks into arrays and takes null for absent; the conditions
/// that are added here keep both out.
enum FilterBSON {
    /// The query for the documents of a collection that match.
    /// - Throws: `StoreError.misuse` if it looks into an array without an index.
    /// - Parameter place: a further condition, of where to begin.
    static func query(
        _ filter: Filter, on layout: CollectionLayout, _ place: BSONDocument? = nil
    ) throws(StoreError) -> BSONDocument {
        for path in filter.arrayPaths where !layout.spec.indexes.contains(where: { $0.path == path }) {
            throw .misuse("\(layout.name) has no index on '\(path)'")
        }
        return all(try conditions(filter, layout) + (place.map { [$0] } ?? []))
    }

    private static let nothing: BSONDocument = ["_id": ["$in": []]]

    private static func all(_ conditions: [BSONDocument]) -> BSONDocument {
        switch conditions.count {
        case 0: BSONDocument()
        case 1: conditions[0]
        default: ["$and": .array(conditions.map(BSONValue.document))]
        }
    }

    /// Conditions that all must hold.
    private static func conditions(_ filter: Filter, _ layout: CollectionLayout) throws(StoreError) -> [BSONDocument] {
        switch filter {
        case .all:
            return []
        case .equal(let path, let value):
            return try among(path, [value])
        case .among(let path, let values):
            return try among(path, values)
        case .absent(let path):
            return try absent(path)
        case .contains(let path, let value):
            return try contains(path, value)
        case .behind(let path, let text):
            return try behind(path, text)
        case .atLeast(let path, let bound):
            return try range(path, "$gte", bound, layout)
        case .less(let path, let bound):
            return try range(path, "$lt", bound, layout)
        case .atMost(let path, let bound):
            return try range(path, "$lte", bound, layout)
        case .more(let path, let bound):
            return try range(path, "$gt", bound, layout)
        case .and(let filters):
            var result: [BSONDocument] = []
            for filter in filters { result += try conditions(filter, layout) }
            return result
        case .or(let filters):
            guard !filters.isEmpty else { return [nothing] }
            var branches: [BSONValue] = []
            for filter in filters { branches.append(.document(all(try conditions(filter, layout)))) }
            return branches.count == 1 ? try conditions(filters[0], layout) : [["$or": .array(branches)]]
        }
    }

    private static func among(_ path: FieldPath, _ values: [JSON]) throws(StoreError) -> [BSONDocument] {
        let names = try names(of: path)
        let scalars = try scalars(values)
        guard !scalars.isEmpty else { return [nothing] }
        return noArrays(along: names.dropLast()) + [condition(on: names.joined(separator: "."), scalars)]
    }

    /// Comparisons concern values of their own type alone: what is no string is not behind one.
    private static func behind(_ path: FieldPath, _ text: String) throws(StoreError) -> [BSONDocument] {
        let names = try names(of: path)
        var condition = BSONDocument()
        condition.append(names.joined(separator: "."), ["$gt": .string(text), "$not": ["$type": "array"]])
        return noArrays(along: names.dropLast()) + [condition]
    }

    private static func absent(_ path: FieldPath) throws(StoreError) -> [BSONDocument] {
        let names = try names(of: path)
        var condition = BSONDocument()
        condition.append(names.joined(separator: "."), ["$exists": false])
        return noArrays(along: names.dropLast()) + [condition]
    }

    /// Comparisons concern values of the bound's own type alone.
    private static func range(
        _ path: FieldPath, _ comparison: String, _ bound: JSON, _ layout: CollectionLayout
    ) throws(StoreError) -> [BSONDocument] {
        let names = try names(of: path)
        var operators = BSONDocument()
        switch bound {
        case .string(let text) where layout.spec.instants.contains(path):
            operators.append(comparison, .string(InstantText.canonical(text) ?? text))
            // What does not begin with a digit is no instant.
            let isUpper = comparison == "$lt" || comparison == "$lte"
            operators.append(isUpper ? "$gte" : "$lt", isUpper ? "0" : ":")
        case .string, .integer, .number:
            operators.append(comparison, try BSONValue(bound))
        case .null, .bool, .array, .object:
            return [nothing]
        }
        operators.append("$not", ["$type": "array"])
        return noArrays(along: names.dropLast()) + [BSONDocument(names.joined(separator: "."), .document(operators))]
    }

    /// The names along the path of one field.
    private static func names(of path: FieldPath) throws(StoreError) -> [Substring] {
        let steps = path.steps
        guard !steps.isEmpty, !steps.contains(where: \.isArray) else {
            throw .misuse("'\(path)' does not name one field")
        }
        return steps.map(\.name)
    }

    private static func contains(_ path: FieldPath, _ value: JSON) throws(StoreError) -> [BSONDocument] {
        guard path.steps.contains(where: \.isArray) else { throw .misuse("'\(path)' does not name an array") }
        guard let scalar = try scalars([value]).first else { return [nothing] }
        return contains(path.steps[...], scalar)
    }

    /// Conditions on a document, or on an element of an array, that it holds the scalar at the end of `steps`.
    private static func contains(_ steps: ArraySlice<FieldPath.Step>, _ scalar: BSONValue) -> [BSONDocument] {
        let names = steps.prefix { !$0.isArray }.map(\.name)
        guard let array = steps.dropFirst(names.count).first else {
            return noArrays(along: Array(names.dropLast()))
                + [condition(on: names.joined(separator: "."), [scalar])]
        }
        let inner = steps.dropFirst(names.count + 1)
        let element: BSONDocument = inner.isEmpty ? ["$eq": scalar] : all(contains(inner, scalar))
        var match = BSONDocument()
        match.append((names + [array.name]).joined(separator: "."), ["$elemMatch": .document(element)])
        return noArrays(along: names) + [match]
    }

    private static func condition(on field: String, _ scalars: [BSONValue]) -> BSONDocument {
        var operators = BSONDocument()
        if scalars.count == 1 {
            operators.append("$eq", scalars[0])
        } else {
            operators.append("$in", .array(scalars))
        }
        operators.append("$not", ["$type": "array"])
        var condition = BSONDocument()
        condition.append(field, .document(operators))
        return condition
    }

    /// That no array stands on the way to a field, into whose elements MongoDB would look.
    private static func noArrays(along names: [Substring]) -> [BSONDocument] {
        names.indices.map { index in
            var condition = BSONDocument()
            condition.append(names[...index].joined(separator: "."), ["$not": ["$type": "array"]])
            return condition
        }
    }

    private static func scalars(_ values: [JSON]) throws(StoreError) -> [BSONValue] {
        var scalars: [BSONValue] = []
        for value in values {
            switch value {
            case .null, .array, .object: continue
            case .bool, .integer, .number, .string: scalars.append(try BSONValue(value))
            }
        }
        return scalars
    }
}

extension FieldPath {
    typealias Step = (name: Substring, isArray: Bool)
}

extension Filter {
    /// The paths that `contains` looks into.
    var arrayPaths: [FieldPath] {
        switch self {
        case .contains(let path, _): [path]
        case .and(let filters), .or(let filters): filters.flatMap(\.arrayPaths)
        case .all, .equal, .among, .absent, .behind, .atLeast, .less, .atMost, .more: []
        }
    }
}
