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
        case .document, .array, .elements, .objectID, .binary, .timestamp: return nil
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
    let keys: [[FieldPath]]
    private var taken: [Set<[ScalarKey]>]

    init(_ keys: [[FieldPath]]) {
        self.keys = keys
        taken = Array(repeating: [], count: keys.count)
    }

    /// What a document has in the fields of one key; nil if it lacks one, and so is not in the index.
    private static func values(_ paths: [FieldPath], of document: BSONDocument) throws -> [ScalarKey]? {
        var values: [ScalarKey] = []
        for path in paths {
            guard let value = try document.scalar(at: path).flatMap(ScalarKey.init) else { return nil }
            values.append(value)
        }
        return values
    }

    /// Takes the keys of a document that is there.
    mutating func add(_ document: BSONDocument) throws {
        for (index, paths) in keys.enumerated() {
            if let values = try Self.values(paths, of: document) { taken[index].insert(values) }
        }
    }

    /// Takes the keys of a document that is to be added, unless one is taken.
    /// - Returns: the first field of the taken one.
    mutating func refusal(of document: BSONDocument) throws -> FieldPath? {
        for (index, paths) in keys.enumerated() {
            if let values = try Self.values(paths, of: document), taken[index].contains(values) { return paths.first }
        }
        try add(document)
        return nil
    }

    /// A condition that finds at least whoever has a key of one of `documents`; nil if those have none.
    func condition(for documents: [BSONDocument]) throws -> BSONDocument? {
        var conditions: [BSONValue] = []
        for paths in keys {
            let wanted = try documents.compactMap { try Self.values(paths, of: $0) }
            if wanted.isEmpty { continue }
            var condition = BSONDocument()
            for (index, path) in paths.enumerated() {
                let values = Set(wanted.map { $0[index] })
                let scalars = try values.filter { $0.json != .null }.map { try BSONValue($0.json) }
                // Null means absent to `$in`, too; what is found too much is looked at again.
                let all = scalars.count < values.count ? scalars + [.null] : scalars
                var operators: BSONDocument = ["$in": .array(all)]
                if scalars.count < values.count { operators.append("$exists", true) }
                condition.append(path.dotted, .document(operators))
            }
            conditions.append(.document(condition))
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
        for path in Set(taken.keys.joined()) { projection.append(path.dotted, 1) }
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
