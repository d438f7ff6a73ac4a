import Kernel

/// Writes BSON documents as JSON text, without their `_id`.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    /// Deeper documents are taken for damaged.
    private static let maximumDepth = 128

    /// Writes a whole document into the emptied buffer.
    /// - Parameter form: what is served of it, and how.
    mutating func write(_ document: BSONReader, as form: ServedForm) throws {
        bytes.removeAll(keepingCapacity: true)
        try writeObject(document, form, depth: 0)
    }

    /// Writes something that is no document of a collection.
    mutating func write(_ document: BSONReader, keepingID: Bool) throws {
        bytes.removeAll(keepingCapacity: true)
        try writeObject(document, nil, depth: keepingID ? 1 : 0)
    }

    private mutating func writeObject(_ document: BSONReader, _ form: ServedForm?, depth: Int) throws {
        guard depth < Self.maximumDepth else { throw BSONReader.damaged }
        bytes.append(UInt8(ascii: "{"))
        let start = bytes.count
        // Which of the form's members the document has; for those that something stands in for.
        let substituted = form?.members.contains { $0.substitute != nil } == true
        var present = Array(repeating: false, count: substituted ? form?.members.count ?? 0 : 0)
        try document.forEach { element in
            if depth == 0, Self.isInternal(element.name) { return true }
            let index = form?.index(of: element.name)
            if index == nil, form?.isExact == true { return true }
            let end = bytes.count
            if end > start { bytes.append(UInt8(ascii: ",")) }
            writeString(element.name)
            bytes.append(UInt8(ascii: ":"))
            let isServed = try writeValue(element, index.flatMap { form?.members[$0].form }, depth: depth)
            if isServed {
                if substituted, let index { present[index] = true }
            } else {
                bytes.removeLast(bytes.count - end)
            }
            return true
        }
        if let form, substituted { writeMissing(of: form, present, isFirst: bytes.count == start) }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Writes what stands in for members that a document should have.
    private mutating func writeMissing(of form: ServedForm, _ present: [Bool], isFirst: Bool) {
        var isFirst = isFirst
        for (index, member) in form.members.enumerated() where !present[index] {
            guard let substitute = member.substitute else { continue }
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            member.name.withUnsafeBytes { writeString($0) }
            bytes.append(UInt8(ascii: ":"))
            bytes += substitute
        }
    }

    /// Fields that belong to the database and this driver.
    private static func isInternal(_ name: UnsafeRawBufferPointer) -> Bool {
        name.first == UInt8(ascii: "_")
            && UnservedField.all.contains { name.elementsEqual($0.utf8) }
    }

    private mutating func writeArray(_ array: BSONReader, _ form: ServedForm?, depth: Int) throws {
        guard depth < Self.maximumDepth else { throw BSONReader.damaged }
        bytes.append(UInt8(ascii: "["))
        let start = bytes.count
        try array.forEach { element in
            let end = bytes.count
            if end > start { bytes.append(UInt8(ascii: ",")) }
            if try !writeValue(element, form, depth: depth) { bytes.removeLast(bytes.count - end) }
            return true
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// - Returns: false if what was written is null, where null is not served.
    private mutating func writeValue(_ element: BSONElement, _ form: ServedForm?, depth: Int) throws -> Bool {
        let start = bytes.count
        try writeAnyValue(element, form, depth: depth)
        guard let form, !form.keepsNull else { return true }
        // Nothing else begins like that.
        return bytes[start] != UInt8(ascii: "n")
    }

    private mutating func writeAnyValue(_ element: BSONElement, _ form: ServedForm?, depth: Int) throws {
        switch element.type {
        case .string, .symbol, .code:
            guard let characters = element.characters else { throw BSONReader.damaged }
            if form?.isInstant == true, let text = InstantText.canonical(characters) {
                JSON.write(text, into: &bytes)
            } else {
                writeString(characters)
            }
        case .document:
            try writeObject(BSONReader(element.value), form, depth: depth + 1)
        case .array:
            try writeArray(BSONReader(element.value), form?.element, depth: depth + 1)
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
            // Values of the last kinds are written by no service of ours, and JSON has no like of them.
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
