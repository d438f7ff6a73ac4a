import Kernel

/// A field of the documents as a column of its own, which the driver fills: what indexes are made of. It is exact by
/// type, so that an index serves equality and order alike:
///
/// - a string is its text (and a BLOB of its JSON text where a NUL would end SQLite's own decoding early),
/// - a number is a number,
/// - anything else that is there is the BLOB of its JSON text (`true`, `null`), and what is missing is NULL,
/// - in a field of instants, a text that is one is its microseconds since 1970, and a number is a BLOB like the rest.
struct FieldColumn: Sendable {
    let path: FieldPath
    let isInstant: Bool
    /// The column as an SQL identifier.
    let identifier: String

    init(_ path: FieldPath, isInstant: Bool) {
        self.path = path
        self.isInstant = isInstant
        identifier = FieldSQL.identifier(Self.name(path))
    }

    static func name(_ path: FieldPath) -> String { "$.\(path)" }

    /// What the column holds for a value.
    /// - Parameter text: the value's JSON text, without blanks around it.
    func stored(_ text: ArraySlice<UInt8>) -> SQLValue {
        switch text.first ?? 0 {
        case UInt8(ascii: "\""):
            guard text.contains(UInt8(ascii: "\\")) else {
                return stored(String(decoding: text.dropFirst().dropLast(), as: UTF8.self), escaped: false)
            }
            guard let string = try? JSON(parsing: Array(text)).string else { return .blob(Array(text)) }
            return stored(string, escaped: true)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            if isInstant { return .blob(Array(text)) }
            let string = String(decoding: text, as: UTF8.self)
            if let integer = Int64(string) { return .integer(integer) }
            guard let number = Double(string), number.isFinite else { return .blob(Array(text)) }
            return .real(number)
        default:
            return .blob(Array(text))
        }
    }

    /// What a scalar is compared with; nil for what is none, which equals nothing.
    func compared(_ value: JSON) -> SQLValue? {
        switch value {
        case .string(let string): stored(string, escaped: true)
        case .integer(let integer): isInstant ? .blob(value.bytes) : .integer(integer)
        case .number(let number): isInstant ? .blob(value.bytes) : .real(number)
        case .bool: .blob(value.bytes)
        case .null, .array, .object: nil
        }
    }

    private func stored(_ string: String, escaped: Bool) -> SQLValue {
        if isInstant, let instant = Timestamp(string) { return .integer(instant.microseconds) }
        if escaped, string.offset(ofByte: 0) != nil { return .blob(JSON.string(string).bytes) }
        return .text(string)
    }
}
