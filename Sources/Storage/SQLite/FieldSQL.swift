import Kernel

/// How a field that has no column is written in SQL: as `FieldColumn` would hold it, of a field without instants.
enum FieldSQL {
    /// The expression for the value at the JSON path `path` (an SQL expression) of `document` (another).
    static func value(_ document: String, _ path: String) -> String {
        "CASE json_type(\(document), \(path))"
            + " WHEN 'text' THEN iif(instr(\(document) -> \(path), '\\u0000') = 0, \(document) ->> \(path),"
            + " CAST(\(document) -> \(path) AS BLOB))"
            + " WHEN 'integer' THEN \(document) ->> \(path) WHEN 'real' THEN \(document) ->> \(path)"
            + " ELSE CAST(\(document) -> \(path) AS BLOB) END"
    }

    /// The expression for a field of the column `document`.
    static func value(_ path: FieldPath) throws -> String {
        value("document", try jsonPath(path))
    }

    /// A path without `[]` as an SQL literal: `'$."parameters"."target"'`.
    static func jsonPath(_ path: FieldPath) throws -> String {
        let steps = path.steps
        guard !steps.isEmpty, !steps.contains(where: \.isArray) else {
            throw StoreError.misuse("the path '\(path)' cannot be used here")
        }
        return try jsonPath(steps.map(\.name))
    }

    static func jsonPath(_ names: [Substring]) throws -> String {
        var text = "'$"
        for name in names {
            // SQLite compares a quoted name with the raw text of a member's name, and knows no escapes in it.
            guard !name.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") })
            else { throw StoreError.misuse("a path cannot name the field '\(name)'") }
            text += ".\"" + quoted(name, by: "'") + "\""
        }
        return text + "'"
    }

    /// A name as an SQL identifier.
    static func identifier(_ name: String) -> String {
        "\"" + quoted(name[...], by: "\"") + "\""
    }

    static func literal(_ text: String) -> String {
        "'" + quoted(text[...], by: "'") + "'"
    }

    private static func quoted(_ text: Substring, by quote: Character) -> String {
        var result = ""
        for character in text {
            if character == quote { result.append(quote) }
            result.append(character)
        }
        return result
    }
}

/// A scalar as it is compared with `FieldSQL.value`.
enum ComparedValue {
    case bound(SQLValue)
    /// A number that is no integer: SQLite reads its text just as it reads a document's, to the same last bit.
    case number(text: String)
    /// Not a scalar: equal to nothing.
    case none

    init(_ value: JSON) {
        switch value {
        case .integer(let value): self = .bound(.integer(value))
        case .number: self = .number(text: value.text)
        case .bool: self = .bound(.blob(value.bytes))
        case .string(let string): self = .bound(ComparedValue.bind(string))
        case .null, .array, .object: self = .none
        }
    }

    /// Follows the case 'text' of `FieldSQL.value`.
    private static func bind(_ string: String) -> SQLValue {
        guard string.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\\") }) else { return .text(string) }
        let bytes = JSON.string(string).bytes
        let escape = Array("\\u0000".utf8)
        let hasEscape = bytes.indices.contains { bytes[$0...].starts(with: escape) }
        return hasEscape ? .blob(bytes) : .text(string)
    }
}
