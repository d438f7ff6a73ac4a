import Kernel

extension Transaction: WriteTransaction {
    @discardableResult
    func insert(_ document: [UInt8], into collection: Collection) throws -> Position {
        let layout = try layouts.layout(of: collection)
        switch try insert([BSONDocument(id: nil, parsing: document)], into: collection, layout)[0] {
        case .inserted(let position): return position
        case .duplicateKey(let path): throw StoreError.duplicateKey(collection: layout.name, path: path)
        }
    }

    func update(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Document? {
        let layout = try layouts.layout(of: collection)
        let update = try ChangeBSON.update(changes)
        if update.isEmpty { return try first(in: collection, Query(filter)) }
        if checksFirst, try layout.uniquePaths.contains(where: { try changes.newScalar(at: $0) != nil }),
            let id = try first(in: collection, Query(filter))?.position
        {
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
                "sort": ["_id": 1], "update": .document(layout.replacement(by: body)), "fields": ["_id": 1],
            ])
        if try reply.read({ try $0["value"]?.document != nil }) { return }
        let outcome = try insert([body], into: collection, layout)[0]
        if case .duplicateKey(let path) = outcome {
            throw StoreError.duplicateKey(collection: layout.name, path: path)
        }
    }

    @discardableResult
    func delete(in collection: Collection, where filter: Filter) throws -> Int {
        let layout = try layouts.layout(of: collection)
        let query = try FilterBSON.query(filter, on: layout)
        let reply = try run(
            .write, ["delete": .string(layout.name), "deletes": [["q": .document(query), "limit": 0]]])
        return try reply.integer("n") ?? 0
    }

    /// - Parameters:
    ///   - id: the document that is to be changed, if it is there already.
    ///   - newScalar: what it is to have in an indexed field; nil if that stays as it is, or absent.
    /// - Throws: `StoreError.duplicateKey` for the first unique index that has another document with the same value.
    private func refuseDuplicate(
        in layout: CollectionLayout, except id: ObjectID?, newScalar: (FieldPath) throws -> BSONValue?
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

extension CollectionLayout {
    /// The update that makes a document what `body` says. Of a document whose shape is declared it leaves alone what
    /// that does not name.
    func replacement(by body: BSONDocument) -> BSONDocument {
        guard case .object(let members) = spec.shape else { return body }
        var missing = BSONDocument()
        for member in members where (try? body.read { try $0[member.name] == nil }) == true {
            missing.append(member.name, "")
        }
        var update: BSONDocument = ["$set": .document(body)]
        if !missing.isEmpty { update.append("$unset", .document(missing)) }
        return update
    }

    /// The declared unique index that an error tells of.
    func uniquePath(of error: MongoDBError) -> FieldPath? {
        guard error.isDuplicateKey else { return nil }
        return uniquePaths.first { Self.field($0) == error.duplicateField }
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
