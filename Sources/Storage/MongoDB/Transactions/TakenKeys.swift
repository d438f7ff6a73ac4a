import Kernel

/// A scalar by which documents are told from each other, as indexes compare it: numbers by value, texts by their bytes.
struct ScalarKey: Hashable {
    let bytes: [UInt8]
    let json: JSON

    /// nil for what is no scalar.
    init?(_ value: BSONValue) {
        let normal: BSONValue
        switch value {
        case .null: (normal, json) = (.null, .null)
        case .bool(let value): (normal, json) = (.bool(value), .bool(value))
        case .string(let value): (normal, json) = (.string(value), .string(value))
        case .int32(let value): (normal, json) = (.int64(Int64(value)), .integer(Int64(value)))
        case .int64(let value): (normal, json) = (.int64(value), .integer(value))
        case .double(let value):
            normal = Int64(exactly: value).map(BSONValue.int64) ?? .double(value)
            json = .number(value)
        case .document, .array, .elements, .objectID, .binary: return nil
        }
        var bytes = [normal.type.rawValue]
        normal.write(into: &bytes)
        self.bytes = bytes
    }

    static func == (a: Self, b: Self) -> Bool { a.bytes == b.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension [ScalarKey] {
    /// Where the last of each value stands, in the order in which the values come first.
    var lastPlaces: [Int] {
        var places: [ScalarKey: Int] = [:]
        for (index, key) in enumerated() { places[key] = index }
        return compactMap { places.removeValue(forKey: $0) }
    }
}

extension BSONDocument {
    /// The scalar by which the document is told from others.
    /// - Throws: `StoreError.misuse` if there is none at `field`.
    func key(at field: FieldPath) throws -> ScalarKey {
        guard let value = try scalar(at: field), value != .null, let key = ScalarKey(value) else {
            throw StoreError.misuse("a document without a scalar at '\(field)' cannot be told from others")
        }
        return key
    }
}

/// The values of a collection's unique fields that documents have already.
struct TakenKeys {
    let paths: [FieldPath]
    private var keys: [Set<ScalarKey>]

    init(_ paths: [FieldPath]) {
        self.paths = paths
        keys = Array(repeating: [], count: paths.count)
    }

    /// Takes the keys of a document that is there.
    mutating func add(_ document: BSONDocument) throws {
        for (index, path) in paths.enumerated() {
            if let key = try document.scalar(at: path).flatMap(ScalarKey.init) { keys[index].insert(key) }
        }
    }

    /// Takes the keys of a document that is to be added, unless one is taken.
    /// - Returns: the field of the taken one.
    mutating func refusal(of document: BSONDocument) throws -> FieldPath? {
        for (index, path) in paths.enumerated() {
            if let key = try document.scalar(at: path).flatMap(ScalarKey.init), keys[index].contains(key) {
                return path
            }
        }
        try add(document)
        return nil
    }

    /// The condition that finds whoever has a key of one of `documents`; nil if those have none.
    func condition(for documents: [BSONDocument]) throws -> BSONDocument? {
        var conditions: [BSONValue] = []
        for path in paths {
            let values = Set(try documents.compactMap { try $0.scalar(at: path).flatMap(ScalarKey.init) })
            let field = CollectionLayout.field(path)
            let scalars = try values.filter { $0.json != .null }.map { try BSONValue($0.json) }
            if !scalars.isEmpty { conditions.append(.document(BSONDocument(field, ["$in": .array(scalars)]))) }
            if scalars.count < values.count { conditions.append(.document(BSONDocument(field, ["$type": "null"]))) }
        }
        guard let first = conditions.first else { return nil }
        if conditions.count == 1, case .document(let only) = first { return only }
        return ["$or": .array(conditions)]
    }
}

extension Transaction {
    /// Finds out with one query which keys of `documents` are taken, by others than `ignored`.
    func look(
        for documents: [BSONDocument], on layout: CollectionLayout, _ taken: inout TakenKeys,
        ignoring ignored: Set<ObjectID> = []
    ) throws {
        guard let condition = try taken.condition(for: documents) else { return }
        var projection = BSONDocument()
        for path in taken.paths { projection.append(CollectionLayout.field(path), 1) }
        let command: BSONDocument = [
            "find": .string(layout.name), "filter": .document(condition), "projection": .document(projection),
            "batchSize": 1000,
        ]
        var found: [BSONDocument] = []
        try visitCursor(of: command, on: layout.name) { document in
            if try document["_id"]?.objectID.map(ignored.contains) != true { found.append(BSONDocument(document)) }
            return .next
        }
        for document in found { try taken.add(document) }
    }
}
