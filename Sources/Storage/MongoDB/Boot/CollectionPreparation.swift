import Kernel

/// Brings a collection to what a module declares: it is there, and it has its indexes. Several instances may do that
/// at the same time.
struct CollectionPreparation {
    let client: Client
    let database: String
    let hosts: String
    let layout: CollectionLayout
    let log: Logger

    private var name: String { layout.name }

    /// Makes room for the indexes; `IndexBuild` makes them.
    func run() throws {
        try create()
        try dropFormer(try existingIndexes())
        let existing = try existingIndexes()
        for wanted in indexes {
            if let same = try existing.first(where: { try hasKey($0, of: wanted) }) {
                try check(same, against: wanted)
            }
        }
    }

    /// The indexes that it must have.
    var indexes: [IndexDefinition] { layout.spec.indexes.map { IndexDefinition($0) } }

    /// Lists that another program has written as null become empty ones: nothing can be appended to null. Looks at every
    /// document.
    func mendLists(on client: Client) throws {
        for name in layout.requiredLists {
            var (isNull, empty): (BSONDocument, BSONDocument) = ([:], [:])
            isNull.append(name, ["$type": "null"])
            empty.append(name, [])
            try client.run(
                .write,
                [
                    "update": .string(layout.name),
                    "updates": [["q": .document(isNull), "u": ["$set": .document(empty)], "multi": true]],
                ], on: database)
        }
    }

    private func create() throws {
        try client.run(
            .write, ["create": .string(name)], on: database,
            accepting: ErrorCode.namespaceExists)
    }

    private func existingIndexes() throws -> [ExistingIndex] {
        let reply = try client.run(
            .read, ["listIndexes": .string(name), "cursor": ["batchSize": 1000]], on: database)
        return try reply.read { reply in
            var indexes: [ExistingIndex] = []
            try reply["cursor"]?.document?["firstBatch"]?.document?.forEach { element in
                if let document = try element.document { indexes.append(try ExistingIndex(document)) }
                return true
            }
            return indexes
        }
    }

    /// Drops what this driver made for an earlier declaration, and unique indexes of an earlier layout, which would
    /// refuse documents of this one; warns of unique ones that nobody has declared.
    private func dropFormer(_ existing: [ExistingIndex]) throws {
        let former = layout.spec.formerIndexes.map { $0.dotted }
        let wanted = indexes
        for index in existing where index.name != "_id_" {
            let isWanted = try wanted.contains { try hasKey(index, of: $0) && index.isUnique == $0.isUnique }
            if isWanted { continue }
            if try isOwn(index) {
                log.warning("the index '\(index.name)' of '\(name)' is not declared any more and is dropped")
                try drop(index)
            } else if index.isUnique, index.fields.count == 1, former.contains(index.fields[0]) {
                log.warning(
                    "the collection '\(name)' has the unique index '\(index.name)' on '\(index.fields[0])' of an "
                        + "earlier version; it is dropped")
                try drop(index)
            } else if try index.isUnique && !wanted.contains(where: { try hasKey(index, of: $0) }) {
                log.warning(
                    "the collection '\(name)' has a unique index '\(index.name)' that this service does not know; it "
                        + "may refuse documents. If it is not wanted: db.\(name).dropIndex('\(index.name)')")
            }
        }
    }

    /// Whether the index is as this driver makes them.
    private func isOwn(_ index: ExistingIndex) throws -> Bool {
        let fields = index.isUnique ? index.fields : index.fields.dropLast()
        guard !fields.isEmpty else { return false }
        let made = IndexDefinition(fields, isUnique: index.isUnique)
        let options = try made.partialFilter.map { "partialFilterExpression: \(try text($0))" } ?? ""
        return try index.name == made.name && hasKey(index, of: made) && index.options == options
    }

    private func drop(_ index: ExistingIndex) throws {
        // Another instance may be faster.
        try client.run(
            .write, ["dropIndexes": .string(name), "index": .string(index.name)],
            on: database, accepting: ErrorCode.indexNotFound)
    }

    private func hasKey(_ index: ExistingIndex, of wanted: IndexDefinition) throws -> Bool {
        index.key == (try text(wanted.key))
    }

    private func text(_ document: BSONDocument) throws -> String {
        var text = JSONText()
        try document.bytes.withUnsafeBytes { try text.write(BSONReader($0), keepingID: true) }
        return String(decoding: text.bytes, as: UTF8.self)
    }

    private func check(_ index: ExistingIndex, against wanted: IndexDefinition) throws {
        let options = try wanted.partialFilter.map { "partialFilterExpression: \(try text($0))" } ?? ""
        if index.isUnique == wanted.isUnique, index.options == options { return }
        let wantedText =
            "{ \((["unique: \(wanted.isUnique)"] + (options.isEmpty ? [] : [options])).joined(separator: ", ")) }"
        throw BootIssue(
            .environment,
            "the collection '\(name)' of the database '\(database)' on \(hosts) has the index '\(index.name)' on "
                + "\(index.key) with the options \(index.description), where this service needs \(wantedText)",
            remedy:
                "drop it, the service makes its own: db.getSiblingDB('\(database)').\(name).dropIndex('\(index.name)')")
    }
}
