import Kernel

/// A filter taken apart into its shape, which the text of the SQL depends on, and its values, in the order of the
/// parameters. Two filters of one shape share a prepared statement.
struct FilterParts {
    private(set) var shape: [UInt8]
    private(set) var values: [SQLValue] = []

    /// - Parameter shape: what the shape starts with: the verb and the collection.
    init(after shape: [UInt8] = []) {
        self.shape = shape
        self.shape.reserveCapacity(96)
    }

    mutating func append(_ byte: UInt8) {
        shape.append(byte)
    }

    mutating func append(_ path: FieldPath) {
        shape.append(contentsOf: path.description.utf8)
        shape.append(0)
    }

    mutating func bind(_ value: SQLValue) {
        values.append(value)
    }

    mutating func append(_ filter: Filter) {
        switch filter {
        case .all:
            shape.append(UInt8(ascii: "*"))
        case .equal(let path, let value):
            shape.append(UInt8(ascii: "="))
            append(path)
            append(ComparedValue(value))
        case .contains(let path, let value):
            shape.append(UInt8(ascii: "["))
            append(path)
            append(ComparedValue(value))
        case .behind(let path, let text):
            shape.append(UInt8(ascii: "}"))
            append(path)
            append(ComparedValue(.string(text)))
        case .atLeast(let path, let value):
            shape.append(UInt8(ascii: "g"))
            append(path)
            appendBound(value)
        case .less(let path, let value):
            shape.append(UInt8(ascii: "l"))
            append(path)
            appendBound(value)
        case .absent(let path):
            shape.append(UInt8(ascii: "~"))
            append(path)
        case .among(let path, let candidates):
            shape.append(UInt8(ascii: "?"))
            append(path)
            for value in FilterParts.padded(candidates) { append(ComparedValue(value)) }
            shape.append(UInt8(ascii: "."))
        case .and(let filters), .or(let filters):
            if case .and = filter { shape.append(UInt8(ascii: "&")) } else { shape.append(UInt8(ascii: "|")) }
            for filter in filters { append(filter) }
            shape.append(UInt8(ascii: "."))
        }
    }

    /// A bound finds values of its own kind, which is part of the shape.
    private mutating func appendBound(_ value: JSON) {
        shape.append(UInt8(ascii: value.string == nil ? "1" : "t"))
        append(ComparedValue(value.isOrdered ? value : .null))
    }

    private mutating func append(_ value: ComparedValue) {
        switch value {
        case .bound(let value):
            shape.append(UInt8(ascii: "b"))
            values.append(value)
        case .number(let text):
            shape.append(UInt8(ascii: "n"))
            values.append(.text(text))
        case .none:
            shape.append(UInt8(ascii: "0"))
        }
    }

    /// The candidates, the last one repeated up to a power of two, so that lists of many lengths have few shapes.
    static func padded(_ candidates: [JSON]) -> [JSON] {
        guard let last = candidates.last else { return [] }
        var length = 1
        while length < candidates.count { length *= 2 }
        return candidates + repeatElement(last, count: length - candidates.count)
    }
}

/// A filter as an SQL condition, with a parameter for each of the values that `FilterParts` collects.
enum FilterSQL {
    static func condition(_ filter: Filter, on table: CollectionTable) throws -> String {
        switch filter {
        case .all: return "1"
        case .equal(let path, let value):
            guard let parameter = parameter(value) else { return "0" }
            return "\(try FieldSQL.value(path)) = \(parameter)"
        case .behind(let path, _):
            let isText = "json_type(document, \(try FieldSQL.jsonPath(path))) = 'text'"
            return "(\(try FieldSQL.value(path)) > ? AND \(isText))"
        case .atLeast(let path, let value): return try comparison(path, ">=", value)
        case .less(let path, let value): return try comparison(path, "<", value)
        case .absent(let path):
            return "\(try FieldSQL.value(path)) IS NULL"
        case .among(let path, let candidates):
            let parameters = FilterParts.padded(candidates).compactMap(parameter)
            if parameters.isEmpty { return "0" }
            return "\(try FieldSQL.value(path)) IN (\(parameters.joined(separator: ", ")))"
        case .contains(let path, let value):
            guard let array = table.arrays.first(where: { $0.path == path }) else {
                throw StoreError.misuse("no index on '\(path)' is declared for the collection \(table.name)")
            }
            guard let parameter = parameter(value) else { return "0" }
            return "position IN (SELECT position FROM \(array.table) WHERE value = \(parameter))"
        case .and(let filters):
            return try join(filters, " AND ", on: table) ?? "1"
        case .or(let filters):
            return try join(filters, " OR ", on: table) ?? "0"
        }
    }

    private static func join(_ filters: [Filter], _ word: String, on table: CollectionTable) throws -> String? {
        if filters.isEmpty { return nil }
        return try "(" + filters.map { try condition($0, on: table) }.joined(separator: word) + ")"
    }

    private static func comparison(_ path: FieldPath, _ sign: String, _ value: JSON) throws -> String {
        guard value.isOrdered, let parameter = parameter(value) else { return "0" }
        let field = try FieldSQL.value(path)
        let types =
            value.string == nil ? "typeof(\(field)) IN ('integer', 'real')" : "typeof(\(field)) = 'text'"
        return "(\(field) \(sign) \(parameter) AND \(types))"
    }

    private static func parameter(_ value: JSON) -> String? {
        switch ComparedValue(value) {
        case .bound: "?"
        case .number: "json_extract(?, '$')"
        case .none: nil
        }
    }
}

extension JSON {
    /// Whether it is a string or a number, of which one comes before another.
    fileprivate var isOrdered: Bool {
        switch self {
        case .string, .integer, .number: true
        case .null, .bool, .array, .object: false
        }
    }
}
