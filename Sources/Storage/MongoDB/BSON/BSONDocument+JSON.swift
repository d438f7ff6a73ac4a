import Kernel

extension BSONDocument {
    /// The members of a JSON object as BSON, value by value: what looks like Extended JSON (`{"$oid": …}`) stays the
    /// object that it is.
    /// - Throws: `StoreError.misuse` for a name that BSON cannot hold.
    init(_ object: JSONObject) throws(StoreError) {
        for member in object.members {
            guard !member.name.utf8.contains(0) else {
                throw .misuse("the name of a field holds a NUL character")
            }
            append(member.name, try BSONValue(member.value))
        }
    }

    /// - Parameters:
    ///   - id: put in front, as `_id`.
    ///   - text: a JSON object.
    init(id: ObjectID?, parsing text: [UInt8]) throws(StoreError) {
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            throw .misuse("a document to be kept is not valid JSON: \(error)")
        }
        guard case .object(let object) = json else { throw .misuse("a document to be kept is no JSON object") }
        for name in UnservedField.all where object[name] != nil {
            throw .misuse("the field '\(name)' belongs to the database")
        }
        if let id { append("_id", .objectID(id)) }
        append(contentsOf: try BSONDocument(object))
    }
}

extension BSONValue {
    init(_ json: JSON) throws(StoreError) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = Int32(exactly: value).map(BSONValue.int32) ?? .int64(value)
        case .number(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let values):
            var elements: [BSONValue] = []
            for value in values { elements.append(try BSONValue(value)) }
            self = .array(elements)
        case .object(let object): self = .document(try BSONDocument(object))
        }
    }
}
