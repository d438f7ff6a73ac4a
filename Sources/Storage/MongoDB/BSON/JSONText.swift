import Kernel

/// Writes BSON documents as JSON text, without their `_id`.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    /// Deeper documents are taken for damaged.
    private static let maximumDepth = 128

    /// Writes a whole document into the emptied buffer.
    /// - Parameter instants: fields whose texts are brought into the form in which instants are served.
    mutating func write(_ document: BSONReader, instants: InstantPaths) throws {
        bytes.removeAll(keepingCapacity: true)
        try writeObject(document, instants, depth: 0)
    }

    /// Writes something that is no document of a collection.
    mutating func write(_ document: BSONReader, keepingID: Bool) throws {
        bytes.removeAll(keepingCapacity: true)
        try writeObject(document, nil, depth: keepingID ? 1 : 0)
    }

    private mutating func writeObject(_ document: BSONReader, _ instants: InstantPaths?, depth: Int) throws {
        guard depth < Self.maximumDepth else { throw BSONReader.damaged }
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        try document.forEach { element in
            if depth == 0, Self.isInternal(element.name) { return true }
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            writeString(element.name)
            bytes.append(UInt8(ascii: ":"))
            try writeValue(element, instants?.member(element.name), depth: depth)
            return true
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Fields that belong to the database and this driver.
    private static func isInternal(_ name: UnsafeRawBufferPointer) -> Bool {
        name.first == UInt8(ascii: "_")
            && (name.elementsEqual("_id".utf8) || name.elementsEqual(Journal.mark.utf8))
    }

    private mutating func writeArray(_ array: BSONReader, _ instants: InstantPaths?, depth: Int) throws {
        guard depth < Self.maximumDepth else { throw BSONReader.damaged }
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        try array.forEach { element in
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            try writeValue(element, instants, depth: depth)
            return true
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func writeValue(_ element: BSONElement, _ instants: InstantPaths?, depth: Int) throws {
        switch element.type {
        case .string, .symbol, .code:
            guard let characters = element.characters else { throw BSONReader.damaged }
            if instants?.isInstant == true, let text = InstantText.canonical(characters) {
                JSON.write(text, into: &bytes)
            } else {
                writeString(characters)
            }
        case .document:
            try writeObject(BSONReader(element.value), instants, depth: depth + 1)
        case .array:
            try writeArray(BSONReader(element.value), instants?.element, depth: depth + 1)
        case .int32, .int64:
            bytes.append(contentsOf: String(element.integer ?? 0).utf8)
        case .double:
            // JSON has neither infinities nor NaN.
            let value = element.double
            if value.isFinite { JSON.number(value).write(into: &bytes) } else { writeNull() }
        case .boolean:
            bytes.append(contentsOf: element.isTrue ? "true".utf8 : "false".utf8)
        case .date:
            // Years of four digits, which are all that RFC 3339 has.
            guard (-62_135_596_800_000...253_402_300_799_999).contains(element.milliseconds) else { return writeNull() }
            JSON.write(Timestamp(microseconds: element.milliseconds * 1000).description, into: &bytes)
        case .objectID:
            JSON.write(ObjectID(element.value).text, into: &bytes)
        case .timestamp:
            bytes.append(contentsOf: String(UInt64(bitPattern: element.milliseconds) >> 32).utf8)
        case .null, .undefined, .minimumKey, .maximumKey, .binary, .regularExpression, .reference, .codeWithScope,
            .decimal128:
            // Values of the last kinds are written by nobody who keeps jobs, and JSON has no like of them.
            writeNull()
        }
    }

    private mutating func writeNull() { bytes.append(contentsOf: "null".utf8) }

    private mutating func writeString(_ characters: UnsafeRawBufferPointer) {
        let plain = characters.allSatisfy {
            $0 >= 0x20 && $0 < 0x80 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if plain {
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: characters)
            bytes.append(UInt8(ascii: "\""))
        } else {
            // Decoding repairs what is not valid UTF-8.
            JSON.write(String(decoding: characters, as: UTF8.self), into: &bytes)
        }
    }
}
