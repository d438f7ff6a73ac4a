/// What has become of one of many documents that were to be added.
public enum Insertion: Sendable, Hashable {
    case inserted(Position)
    /// A unique index that this field leads forbids it.
    case duplicateKey(FieldPath)
}

// For engines to which each step of a transaction is only a call; others save round trips.
extension WriteTransaction {
    public func insert(_ documents: [[UInt8]], into collection: Collection) throws -> [Insertion] {
        try documents.map { document in
            do {
                return .inserted(try insert(document, into: collection))
            } catch StoreError.duplicateKey(_, let path) {
                return .duplicateKey(path)
            }
        }
    }

    public func upsert(_ documents: [[UInt8]], in collection: Collection, by field: FieldPath) throws {
        for document in documents {
            try upsert(document, in: collection, where: .equal(field, document.scalar(at: field)))
        }
    }

    public func move(
        from source: Collection, where filter: Filter, to target: Collection, _ changes: [Change]
    ) throws -> Document? {
        guard let changed = try update(in: source, where: filter, changes) else { return nil }
        try delete(in: source, where: filter)
        return Document(position: try insert(changed.bytes, into: target), bytes: changed.bytes)
    }
}

extension [UInt8] {
    /// The scalar by which a document is told from others.
    fileprivate func scalar(at field: FieldPath) throws -> JSON {
        let document: JSON
        do { document = try JSON(parsing: self) } catch {
            throw StoreError.misuse("a document to be kept is not valid JSON: \(error)")
        }
        let value = field.steps.reduce(Optional(document)) { $0?[String($1.name)] } ?? .null
        switch value {
        case .bool, .integer, .number, .string: return value
        case .null, .array, .object:
            throw StoreError.misuse("a document without a scalar at '\(field)' cannot be told from others")
        }
    }
}
