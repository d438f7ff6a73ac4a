import Kernel

/// Changes to a document as one SQL expression over its text, so that no document is parsed outside of SQLite.
enum ChangeSQL {
    /// Adds the shape of `changes` and their values, in the order of `document(after:)`'s parameters.
    static func append(_ changes: [Change], to parts: inout FilterParts) {
        for change in changes {
            switch change {
            case .set(let path, let value):
                parts.append(UInt8(ascii: "s"))
                parts.append(path)
                parts.bind(.text(value.text))
            case .grow: break
            case .append(let path, let values):
                parts.append(UInt8(ascii: values.isEmpty ? "0" : "a"))
                parts.append(path)
                if !values.isEmpty { parts.bind(.text(String(JSON.array(values).text.dropFirst().dropLast()))) }
            case .unset(let path):
                parts.append(UInt8(ascii: "u"))
                parts.append(path)
            }
        }
        parts.append(0)
    }

    /// The document after the changes: json_remove(json_set(document, …), …). Sets and appends stand in the order of
    /// the changes; since no two paths overlap, doing the removals last makes no difference.
    static func document(after changes: [Change]) throws -> String {
        try changes.validate(growing: nil)
        var additions = ""
        var removals = ""
        for change in changes {
            let path = try FieldSQL.jsonPath(change.path)
            switch change {
            case .set: additions += ", \(path), json(?)"
            case .append(_, let values): additions += ", \(path), json(\(array(at: path, addsValues: !values.isEmpty)))"
            case .grow: throw StoreError.misuse("'\(change.path)' is no growing array here")
            case .unset: removals += ", \(path)"
            }
        }
        var expression = "document"
        if !additions.isEmpty { expression = "json_set(\(expression)\(additions))" }
        if !removals.isEmpty { expression = "json_remove(\(expression)\(removals))" }
        return expression
    }

    /// The array at `path` with the elements in the parameter (JSON texts with commas between) behind its own: its
    /// text, which `->` renders without blanks, up to the closing bracket, and on from there. Null where something
    /// else than an array stands, which `fits` then finds.
    private static func array(at path: String, addsValues: Bool) -> String {
        let old = "document -> \(path)"
        if !addsValues { return "coalesce(\(old), '[]')" }
        return "CASE WHEN json_type(document, \(path)) IS NULL OR \(old) = '[]' THEN '['"
            + " WHEN json_type(document, \(path)) = 'array' THEN substr(\(old), 1, length(\(old)) - 1) || ',' END"
            + " || ? || ']'"
    }

    /// A condition: every change has found its place in `changed`. SQLite's functions skip one silently whose parent
    /// is no object.
    static func fits(_ changes: [Change], in changed: String) throws -> String {
        var conditions = ["1"]
        for change in changes {
            let path = try FieldSQL.jsonPath(change.path)
            switch change {
            case .set: conditions.append("json_type(\(changed), \(path)) IS NOT NULL")
            case .append: conditions.append("json_type(\(changed), \(path)) = 'array'")
            case .unset, .grow: break
            }
        }
        return "(" + conditions.joined(separator: " AND ") + ") IS 1"
    }
}
