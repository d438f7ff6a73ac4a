import Kernel

extension Transaction: WriteTransaction {
    @discardableResult
    func insert(_ document: [UInt8], into collection: Collection) throws -> Position {
        let layout = try layouts.layout(of: collection)
        let body = try BSONDocument(id: nil, parsing: document)
        if checksFirst { try refuseDuplicate(in: layout) { try body.scalar(at: $0) } }
        return try insert(body, into: collection, layout)
    }

    private func insert(_ body: BSONDocument, into collection: Collection, _ layout: CollectionLayout) throws
        -> Position
    {
        let id = try nextID(for: collection, layout)
        var document: BSONDocument = ["_id": .objectID(id)]
        document.append(contentsOf: body)
        let reply = try run(.write, ["insert": .string(layout.name), "documents": .array([.document(document)])])
        guard try reply.integer("n") == 1 else {
            throw StoreError.unavailable(reason: "MongoDB did not insert a document", retryAfter: 2)
        }
        return id.position
    }

    func update(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Document? {
        let layout = try layouts.layout(of: collection)
        let update = try ChangeBSON.update(changes)
        if update.isEmpty { return try first(in: collection, Query(filter)) }
        if checksFirst, let id = try first(in: collection, Query(filter))?.position {
            try refuseDuplicate(in: layout, except: ObjectID(id)) { try changes.newScalar(at: $0) }
        }
        let reply = try run(
            .write,
            [
                "findAndModify": .string(layout.name), "query": .document(try FilterBSON.query(filter, on: layout)),
                "sort": ["_id": 1], "update": .document(update), "new": true,
            ])
        return try reply.read { reply in
            try reply["value"]?.document.map { try self.document($0, layout) }
        }
    }

    func upsert(_ document: [UInt8], in collection: Collection, where filter: Filter) throws {
        let layout = try layouts.layout(of: collection)
        let body = try BSONDocument(id: nil, parsing: document)
        if checksFirst {
            let present = try first(in: collection, Query(filter))?.position
            try refuseDuplicate(in: layout, except: present.map { ObjectID($0) }) { try body.scalar(at: $0) }
        }
        let reply = try run(
            .write,
            [
                "findAndModify": .string(layout.name), "query": .document(try FilterBSON.query(filter, on: layout)),
                "sort": ["_id": 1], "update": .document(body), "fields": ["_id": 1],
            ])
        let isReplaced = try reply.read { try $0["value"]?.document != nil }
        if !isReplaced { _ = try insert(body, into: collection, layout) }
    }

    @discardableResult
    func delete(in collection: Collection, where filter: Filter) throws -> Int {
        let layout = try layouts.layout(of: collection)
        let query = try FilterBSON.query(filter, on: layout)
        let reply = try run(
            .write, ["delete": .string(layout.name), "deletes": [["q": .document(query), "limit": 0]]])
        return try reply.integer("n") ?? 0
    }
}

// The ids of new documents, and what stands in their way.
extension Transaction {
    func nextID(for collection: Collection, _ layout: CollectionLayout) throws -> ObjectID {
        if let (next, end) = ids[collection.ordinal], next < end {
            ids[collection.ordinal] = (next.next, end)
            return next
        }
        try enterLane()
        // A transaction that inserts more than once soon asks for many at a time. Gaps in the sequence do not matter.
        let count = ids[collection.ordinal] == nil ? 1 : 64
        let reply = try run(.write, EntrySequence.advance(layout.name, by: count))
        guard let range = try EntrySequence.ids(reply, count: count) else {
            throw StoreError.corrupt("the sequence of \(layout.name) in \(EntrySequence.collection) is missing")
        }
        ids[collection.ordinal] = (range.lowerBound.next, range.upperBound)
        return range.lowerBound
    }

    /// The transactions of one process take turns to insert: they would only conflict on the sequence.
    private func enterLane() throws {
        guard !isInLane, let lane else { return }
        guard lane.enter(by: .now + .seconds(5)) else {
            throw StoreError.unavailable(reason: "too many insert at the same time", retryAfter: 1)
        }
        isInLane = true
    }

    /// - Parameters:
    ///   - id: the document that is to be changed, if it is there already.
    ///   - newScalar: what it is to have in an indexed field; nil if that stays as it is, or absent.
    /// - Throws: `StoreError.duplicateKey` for the first unique index that has another document with the same value.
    private func refuseDuplicate(
        in layout: CollectionLayout, except id: ObjectID? = nil, newScalar: (FieldPath) throws -> BSONValue?
    ) throws {
        for path in layout.uniquePaths {
            guard let value = try newScalar(path) else { continue }
            var condition = BSONDocument()
            condition.append(CollectionLayout.field(path), value == .null ? ["$type": "null"] : value)
            if let id { condition.append("_id", ["$ne": .objectID(id)]) }
            let reply = try run(
                .read,
                [
                    "find": .string(layout.name), "filter": .document(condition), "projection": ["_id": 1], "limit": 1,
                    "singleBatch": true,
                ])
            if try reply.hasDocuments { throw StoreError.duplicateKey(collection: layout.name, path: path) }
        }
    }
}

extension ServerReply {
    /// Whether the first batch of a cursor holds anything.
    var hasDocuments: Bool {
        get throws {
            try read { reply in
                var isFound = false
                try reply["cursor"]?.document?["firstBatch"]?.document?.forEach { _ in
                    isFound = true
                    return false
                }
                return isFound
            }
        }
    }
}
