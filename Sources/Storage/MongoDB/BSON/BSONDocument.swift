import Kernel

/// A BSON document that is put together from typed values (bsonspec.org). Its members keep their order, which
/// commands depend on.
struct BSONDocument: Sendable, Hashable {
    private(set) var bytes: [UInt8] = [5, 0, 0, 0, 0]

    init() {}

    /// - Throws: `BSONReader.damaged` if the bytes are no whole document.
    init(checking bytes: [UInt8]) throws {
        let length = try bytes.withUnsafeBytes { try BSONReader($0).bytes.count }
        guard length == bytes.count else { throw BSONReader.damaged }
        self.bytes = bytes
    }

    /// A document of one member.
    init(_ name: String, _ value: BSONValue) { append(name, value) }

    init(_ reader: BSONReader) { bytes = Array(reader.bytes) }

    var isEmpty: Bool { bytes.count == 5 }

    /// Reads the document; nothing borrowed from it may leave `body`.
    func read<R>(_ body: (BSONReader) throws -> R) throws -> R {
        try bytes.withUnsafeBytes { try body(BSONReader($0)) }
    }

    mutating func append(_ name: String, _ value: BSONValue) {
        append(name, type: value.type) { value.write(into: &$0) }
    }

    /// Appends every member of `other`.
    mutating func append(contentsOf other: BSONDocument) {
        bytes.removeLast()
        bytes.append(contentsOf: other.bytes[4..<(other.bytes.count - 1)])
        close()
    }

    /// Appends a member of another document as it stands.
    mutating func append(_ element: BSONElement) {
        bytes.removeLast()
        bytes.append(element.type.rawValue)
        bytes.append(contentsOf: element.name)
        bytes.append(0)
        bytes.append(contentsOf: element.value)
        close()
    }

    private mutating func append(_ name: String, type: BSONType, _ write: (inout [UInt8]) -> Void) {
        bytes.removeLast()
        bytes.append(type.rawValue)
        // A name ends at its first NUL; names with one never get here, see `BSONDocument(_: JSON)`.
        bytes.append(contentsOf: name.utf8.lazy.map { $0 == 0 ? UInt8(ascii: "?") : $0 })
        bytes.append(0)
        write(&bytes)
        close()
    }

    private mutating func close() {
        bytes.append(0)
        let count = UInt32(truncatingIfNeeded: bytes.count)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: count >> (8 * UInt32(index))) }
    }
}

extension BSONDocument: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, BSONValue)...) {
        for (name, value) in elements { append(name, value) }
    }
}

/// The kinds of value that BSON has, by the byte that stands for them.
enum BSONType: UInt8 {
    case double = 0x01
    case string = 0x02
    case document = 0x03
    case array = 0x04
    case binary = 0x05
    case undefined = 0x06
    case objectID = 0x07
    case boolean = 0x08
    case date = 0x09
    case null = 0x0a
    case regularExpression = 0x0b
    case reference = 0x0c
    case code = 0x0d
    case symbol = 0x0e
    case codeWithScope = 0x0f
    case int32 = 0x10
    case timestamp = 0x11
    case int64 = 0x12
    case decimal128 = 0x13
    case minimumKey = 0xff
    case maximumKey = 0x7f
}
