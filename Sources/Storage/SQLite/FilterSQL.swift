import Kernel

/// A filter taken apart into its shape, which the text of the SQL depends on, and its values, in the order of the
/// parameters. Two filters of one shape share a prepared statement.
struct FilterParts {
    private(set) var shape: [UInt8] = []
    private(set) var values: [SQLValue] = []

    /// - Parameter shape: what the shape starts with: the verb and the collection.
    init(after shape: [UInt8] = []) {
        self.shape.reserveCapacity(96)
        self.shape += shape
    }

    var key: StatementCache.Key { StatementCache.Key(shape: shape) }

    mutating func append(_ byte: UInt8) {
        shape.append(byte)
    }

    mutating func append(_ path: FieldPath) {
        append(path.description)
    }

    mutating func append(_ name: String) {
        shape.append(contentsOf: name.utf8)
        shape.append(0)
    }

    mutating func bind(_ value: SQLValue) {
        values.append(value)
    }

    /// - Parameter table: knows which fields have columns, with which values are compared in their own form.
    mutating func append(_ filter: Filter, on table: CollectionTable) {
        switch filter {
        case .all:
            shape.append(UInt8(ascii: "*"))
        case .equal(let path, let value):
            shape.append(UInt8(ascii: "="))
            append(path)
            append(ComparedValue(value, in: table.column(path)))
        case .contains(let path, let value):
            shape.append(UInt8(ascii: "["))
            append(path)
            append(ComparedValue(value))
        case .behind(let path, let text):
            shape.append(UInt8(ascii: "}"))
            append(path)
            append(ComparedValue(.string(text)))
        case .atLeast(let path, let value): append(range: "g", path, value, on: table)
        case .less(let path, let value): append(range: "l", path, value, on: table)
        case .atMost(let path, let value): append(range: "m", path, value, on: table)
        case .more(let path, let value): append(range: "h", path, value, on: table)
        case .absent(let path):
            shape.append(UInt8(ascii: "~"))
            append(path)
        case .among(let path, let candidates):
            shape.append(UInt8(ascii: "?"))
            append(path)
            let column = table.column(path)
            for value in FilterParts.padded(candidates) { append(ComparedValue(value, in: column)) }
            shape.append(UInt8(ascii: "."))
        case .and(let filters), .or(let filters):
            if case .and = filter { shape.append(UInt8(ascii: "&")) } else { shape.append(UInt8(ascii: "|")) }
            for filter in filters { append(filter, on: table) }
            shape.append(UInt8(ascii: "."))
        }
    }

    private mutating func append(
        range kind: Unicode.Scalar, _ path: FieldPath, _ value: JSON, on table: CollectionTable
    ) {
        shape.append(UInt8(ascii: kind))
        append(path)
        append(bound: ComparedValue(value, in: table.column(path)))
    }

    /// A bound finds values of its own kind, which is part of the shape.
    private mutating func append(bound value: ComparedValue) {
        switch value.kind {
        case .text: shape.append(UInt8(ascii: "t"))
        case .number: shape.append(UInt8(ascii: "i"))
        case .other: return shape.append(UInt8(ascii: "0"))
        }
        append(value)
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
    /// - Parameter plain: a field whose ranges no index is to serve, since something better is known of it.
    static func condition(
        _ filter: Filter, on table: CollectionTable, plain: FieldPath? = nil
    ) throws -> String {
        switch filter {
        case .all: return "1"
        case .equal(let path, let value):
            guard let parameter = parameter(value, table.column(path)) else { return "0" }
            return "\(try field(path, table)) = \(parameter)"
        case .behind(let path, _):
            let isText = "json_type(document, \(try FieldSQL.jsonPath(path))) = 'text'"
            return "(\(try FieldSQL.value(path)) > ? AND \(isText))"
        case .atLeast(let path, let value):
            return try range(path, value, on: table, plain) { field, bound, end, _ in
                "\(field) >= \(bound) AND \(field) < \(end)"
            }
        case .less(let path, let value):
            return try range(path, value, on: table, plain) { field, bound, _, start in
                "\(field) < \(bound) AND \(field) >= \(start)"
            }
        case .atMost(let path, let value):
            return try range(path, value, on: table, plain) { field, bound, _, start in
                "\(field) <= \(bound) AND \(field) >= \(start)"
            }
        case .more(let path, let value):
            return try range(path, value, on: table, plain) { field, bound, end, _ in
                "\(field) > \(bound) AND \(field) < \(end)"
            }
        case .absent(let path):
            return "\(try field(path, table)) IS NULL"
        case .among(let path, let candidates):
            let column = table.column(path)
            let parameters = FilterParts.padded(candidates).compactMap { parameter($0, column) }
            if parameters.isEmpty { return "0" }
            return "\(try field(path, table)) IN (\(parameters.joined(separator: ", ")))"
        case .contains(let path, let value):
            guard let array = table.arrays.first(where: { $0.path == path }) else {
                throw StoreError.misuse("no index on '\(path)' is declared for the collection \(table.name)")
            }
            guard let parameter = parameter(value, nil) else { return "0" }
            return "position IN (SELECT position FROM \(array.table) WHERE value = \(parameter))"
        case .and(let filters):
            return try join(filters, " AND ", on: table, plain) ?? "1"
        case .or(let filters):
            return try join(filters, " OR ", on: table, plain) ?? "0"
        }
    }

    static func field(_ path: FieldPath, _ table: CollectionTable) throws -> String {
        try table.column(path)?.identifier ?? FieldSQL.value(path)
    }

    private static func join(
        _ filters: [Filter], _ word: String, on table: CollectionTable, _ plain: FieldPath?
    ) throws -> String? {
        if filters.isEmpty { return nil }
        return try "(" + filters.map { try condition($0, on: table, plain: plain) }.joined(separator: word) + ")"
    }

    /// - Parameter text: the condition on the field, given the parameter and the bounds of the values of its kind, as
    ///   SQLite orders kinds: numbers, texts, BLOBs.
    private static func range(
        _ path: FieldPath, _ value: JSON, on table: CollectionTable, _ plain: FieldPath?,
        _ text: (_ field: String, _ parameter: String, _ end: String, _ start: String) -> String
    ) throws -> String {
        let compared = ComparedValue(value, in: table.column(path))
        guard let parameter = compared.parameter else { return "0" }
        // A sign before a column keeps SQLite from using an index for it.
        let field = try (path == plain ? "+" : "") + field(path, table)
        switch compared.kind {
        case .text: return "(" + text(field, parameter, "x''", "''") + ")"
        case .number: return "(" + text(field, parameter, "''", "-9e999") + ")"
        case .other: return "0"
        }
    }

    private static func parameter(_ value: JSON, _ column: FieldColumn?) -> String? {
        ComparedValue(value, in: column).parameter
    }
}

extension ComparedValue {
    enum Kind {
        case text, number, other
    }

    /// The value as it is compared with a field.
    /// - Parameter column: the field's column, if it has one.
    init(_ value: JSON, in column: FieldColumn?) {
        guard let column else {
            self.init(value)
            return
        }
        self = column.compared(value).map { .bound($0) } ?? .none
    }

    var parameter: String? {
        switch self {
        case .bound: "?"
        case .number: "json_extract(?, '$')"
        case .none: nil
        }
    }

    /// The kind of values that a range with this bound finds.
    var kind: Kind {
        switch self {
        case .bound(.text): .text
        case .bound(.integer), .bound(.real), .number: .number
        case .bound(.null), .bound(.blob), .none: .other
        }
    }
}
