/// A value that this driver writes.
enum BSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int32(Int32)
    case int64(Int64)
    case double(Double)
    case string(String)
    case document(BSONDocument)
    case array([BSONValue])
    /// An array as it is encoded: a document whose names are the indexes.
    case elements(BSONDocument)
    case objectID(ObjectID)
    case binary([UInt8])
    /// A time of the cluster: seconds, and a number within the second.
    case timestamp(UInt64)

    var type: BSONType {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .int32: .int32
        case .int64: .int64
        case .double: .double
        case .string: .string
        case .document: .document
        case .array, .elements: .array
        case .objectID: .objectID
        case .binary: .binary
        case .timestamp: .timestamp
        }
    }

    func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: break
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .int32(let value): bytes.append(littleEndian: value)
        case .int64(let value): bytes.append(littleEndian: value)
        case .double(let value): bytes.append(littleEndian: value.bitPattern)
        case .string(let value):
            bytes.append(littleEndian: Int32(truncatingIfNeeded: value.utf8.count + 1))
            bytes.append(contentsOf: value.utf8)
            bytes.append(0)
        case .document(let value), .elements(let value): bytes.append(contentsOf: value.bytes)
        case .array(let values):
            var document = BSONDocument()
            for (index, value) in values.enumerated() { document.append(String(index), value) }
            bytes.append(contentsOf: document.bytes)
        case .objectID(let value): bytes.append(contentsOf: value.bytes)
        case .timestamp(let value): bytes.append(littleEndian: value)
        case .binary(let value):
            bytes.append(littleEndian: Int32(truncatingIfNeeded: value.count))
            bytes.append(0)
            bytes.append(contentsOf: value)
        }
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

extension BSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int32) { self = .int32(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: BSONValue...) { self = .array(elements) }

    init(dictionaryLiteral elements: (String, BSONValue)...) {
        var document = BSONDocument()
        for (name, value) in elements { document.append(name, value) }
        self = .document(document)
    }
}
