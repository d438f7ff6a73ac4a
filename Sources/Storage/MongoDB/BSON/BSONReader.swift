import Kernel

/// Reads the members of a BSON document in place. Every length in it is checked: what a server sends is not trusted
/// to be well formed.
struct BSONReader {
    /// The document with its length and its closing NUL.
    let bytes: UnsafeRawBufferPointer

    /// - Parameter bytes: starts with a document; what stands behind it is ignored.
    /// - Throws: `damaged` if the document's length or end is wrong.
    init(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        guard bytes.count >= 5 else { throw Self.damaged }
        let length = Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
        guard length >= 5, length <= bytes.count, bytes[length - 1] == 0 else { throw Self.damaged }
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[..<length])
    }

    static var damaged: StoreError {
        .unavailable(reason: "the server sent a reply that is damaged", retryAfter: 2)
    }

    /// Visits the members in order, until `visit` returns false.
    func forEach(_ visit: (BSONElement) throws -> Bool) throws {
        var offset = 4
        while offset < bytes.count - 1 {
            let element = try element(at: &offset)
            if try !visit(element) { return }
        }
    }

    /// The first member of that name.
    subscript(name: String) -> BSONElement? {
        get throws {
            var found: BSONElement?
            var name = name
            try name.withUTF8 { wanted in
                try forEach { element in
                    guard element.name.elementsEqual(wanted) else { return true }
                    found = element
                    return false
                }
            }
            return found
        }
    }

    private func element(at offset: inout Int) throws(StoreError) -> BSONElement {
        guard let type = BSONType(rawValue: bytes[offset]) else { throw Self.damaged }
        let start = offset + 1
        guard let end = endOfCString(from: start) else { throw Self.damaged }
        let valueStart = end + 1
        guard let length = length(of: type, at: valueStart), valueStart + length <= bytes.count - 1 else {
            throw Self.damaged
        }
        offset = valueStart + length
        return BSONElement(
            type: type, name: UnsafeRawBufferPointer(rebasing: bytes[start..<end]),
            value: UnsafeRawBufferPointer(rebasing: bytes[valueStart..<offset]))
    }

    private func endOfCString(from start: Int) -> Int? {
        bytes[start...].firstIndex(of: 0)
    }

    /// The number of bytes of a value, or nil if it does not fit.
    private func length(of type: BSONType, at start: Int) -> Int? {
        func counted(_ extra: Int, minimum: Int) -> Int? {
            guard start + 4 <= bytes.count else { return nil }
            let count = Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int32.self)))
            return count >= minimum ? count + extra : nil
        }
        switch type {
        case .null, .undefined, .minimumKey, .maximumKey: return 0
        case .boolean: return 1
        case .int32: return 4
        case .double, .date, .timestamp, .int64: return 8
        case .objectID: return 12
        case .decimal128: return 16
        case .string, .code, .symbol: return counted(4, minimum: 1)
        case .document, .array: return counted(0, minimum: 5)
        case .codeWithScope: return counted(0, minimum: 14)
        case .binary: return counted(5, minimum: 0)
        case .reference: return counted(4 + 12, minimum: 1)
        case .regularExpression:
            return endOfCString(from: start).flatMap { endOfCString(from: $0 + 1) }.map { $0 + 1 - start }
        }
    }
}

/// One member of a document, whose bytes are borrowed from it.
struct BSONElement {
    let type: BSONType
    let name: UnsafeRawBufferPointer
    let value: UnsafeRawBufferPointer

    /// The bytes of a string's characters.
    var characters: UnsafeRawBufferPointer? {
        guard type == .string || type == .symbol || type == .code, value.count >= 5 else { return nil }
        return UnsafeRawBufferPointer(rebasing: value[4..<(value.count - 1)])
    }

    var string: String? { characters.map { String(decoding: $0, as: UTF8.self) } }

    /// A whole number, from any of the types of number.
    var integer: Int64? {
        switch type {
        case .int32: Int64(Int32(littleEndian: value.loadUnaligned(as: Int32.self)))
        case .int64: Int64(littleEndian: value.loadUnaligned(as: Int64.self))
        case .double: Int64(exactly: double)
        default: nil
        }
    }

    /// For a `double`.
    var double: Double {
        Double(bitPattern: UInt64(littleEndian: value.loadUnaligned(as: UInt64.self)))
    }

    /// For a `date`: milliseconds since 1970.
    var milliseconds: Int64 { Int64(littleEndian: value.loadUnaligned(as: Int64.self)) }

    /// A time of the cluster.
    var timestamp: UInt64? { type == .timestamp ? UInt64(bitPattern: milliseconds) : nil }

    var isTrue: Bool { type == .boolean ? value[0] != 0 : integer.map { $0 != 0 } ?? false }

    /// The bytes of binary data.
    var binary: [UInt8]? { type == .binary && value.count >= 5 ? Array(value[5...]) : nil }

    var objectID: ObjectID? { type == .objectID ? ObjectID(value) : nil }

    /// The document or array that this is.
    var document: BSONReader? {
        get throws { type == .document || type == .array ? try BSONReader(value) : nil }
    }
}
