import Kernel

/// Filters as query documents. MongoDB's own equality looks into arrays and takes null for absent; the conditions
/// that are added here keep both out.
enum FilterBSON {
    /// The query for the documents that match, of which those with an `_id` beyond `bound` are taken.
    static func query(_ filter: Filter, _ bound: (comparison: String, id: ObjectID)? = nil) throws(StoreError)
        -> BSONDocument
    {
        var conditions = try conditions(filter)
        if let bound {
            var comparison = BSONDocument()
            comparison.append(bound.comparison, .objectID(bound.id))
            conditions.append(["_id": .document(comparison)])
        }
        return all(conditions)
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
    private static func conditions(_ filter: Filter) throws(StoreError) -> [BSONDocument] {
        switch filter {
        case .all:
            return []
        case .equal(let path, let value):
            return try among(path, [value])
        case .among(let path, let values):
            return try among(path, values)
        case .contains(let path, let value):
            return try contains(path, value)
        case .and(let filters):
            var result: [BSONDocument] = []
            for filter in filters { result += try conditions(filter) }
            return result
        case .or(let filters):
            guard !filters.isEmpty else { return [nothing] }
            var branches: [BSONValue] = []
            for filter in filters { branches.append(.document(all(try conditions(filter)))) }
            return branches.count == 1 ? try conditions(filters[0]) : [["$or": .array(branches)]]
        }
    }

    private static func among(_ path: FieldPath, _ values: [JSON]) throws(StoreError) -> [BSONDocument] {
        let steps = path.steps
        guard !steps.isEmpty, !steps.contains(where: \.isArray) else {
            throw .misuse("'\(path)' does not name one field")
        }
        let scalars = try scalars(values)
        guard !scalars.isEmpty else { return [nothing] }
        var conditions = noArrays(along: steps.dropLast().map(\.name))
        conditions.append(condition(on: CollectionLayout.field(path), scalars))
        return conditions
    }

    private static func contains(_ path: FieldPath, _ value: JSON) throws(StoreError) -> [BSONDocument] {
        let steps = path.steps
        guard let array = steps.firstIndex(where: \.isArray), !steps[(array + 1)...].contains(where: \.isArray) else {
            throw .misuse("'\(path)' does not name one array")
        }
        let scalars = try scalars([value])
        guard let scalar = scalars.first else { return [nothing] }
        let inner = steps[(array + 1)...].map(\.name)
        let element: BSONDocument
        if let last = inner.last {
            _ = last
            element = all(
                noArrays(along: Array(inner.dropLast())) + [condition(on: inner.joined(separator: "."), [scalar])])
        } else {
            element = ["$eq": scalar]
        }
        var conditions = noArrays(along: steps[..<array].map(\.name))
        var match = BSONDocument()
        match.append(
            steps[...array].map { String($0.name) }.joined(separator: "."), ["$elemMatch": .document(element)])
        conditions.append(match)
        return conditions
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
