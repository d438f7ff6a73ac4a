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
        let growing = layout.spec.growing
        let update = try ChangeBSON.update(changes, on: layout)
        if checksFirst { try refuseDuplicate(after: changes, in: layout, where: filter) }
        if let growing, !changes.growths.isEmpty {
            return try growWithRoom(layout, growing, where: filter, changes)
                ?? growWithoutRoom(layout, growing, where: filter, changes)
        }
        if update.isEmpty {
            var query = Query(filter)
            query.showsLastElementsOnly = true
            return try first(in: collection, query)
        }
        var command: BSONDocument = [
            "findAndModify": .string(layout.name), "query": .document(try FilterBSON.query(filter, on: layout)),
            "sort": ["_id": 1], "update": .document(update), "new": true,
        ]
        if let growing { command.append("fields", .document(growing.lastElements)) }
        let reply = try run(.write, command)
        return try reply.read { reply in
            try reply["value"]?.document.map { try self.document($0, layout) }
        }
    }

    @discardableResult
    func updateAll(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Int {
        let layout = try layouts.layout(of: collection)
        try changes.validateForAll(growing: layout.spec.growing)
        let update = try ChangeBSON.update(changes, on: layout)
        if update.isEmpty { return try count(in: collection, where: filter) }
        // What may be refused is looked for one after the other, once it was.
        let isUnique = try layout.uniqueKeys.joined().contains { try changes.newScalar(at: $0) != nil }
        guard checksFirst, isUnique else {
            return try updateAll(layout, try FilterBSON.query(filter, on: layout), by: update)
        }
        var found: [(id: ObjectID, document: BSONDocument)] = []
        try findStored(in: layout, Query(filter)) { document in
            if let id = try document["_id"]?.objectID { found.append((id, BSONDocument(document))) }
            return .next
        }
        for (id, document) in found {
            try refuseDuplicate(of: document.applying(changes), in: layout, except: id)
            _ = try updateAll(layout, ["_id": .objectID(id)], by: update)
        }
        return found.count
    }

    private func updateAll(_ layout: CollectionLayout, _ query: BSONDocument, by update: BSONDocument) throws -> Int {
        let statement: BSONDocument = ["q": .document(query), "u": .document(update), "multi": true]
        let reply = try run(.write, ["update": .string(layout.name), "updates": [.document(statement)]])
        return try reply.integer("n") ?? 0
    }

    func upsert(_ document: [UInt8], in collection: Collection, where filter: Filter) throws {
        let layout = try layouts.layout(of: collection)
        let body = try BSONDocument(id: nil, parsing: document)
        if checksFirst {
            let present = try first(in: collection, Query(filter))?.position
            try refuseDuplicate(of: body, in: layout, except: present.map { ObjectID($0) })
        }
        let reply = try run(
            .write,
            [
                "findAndModify": .string(layout.name), "query": .document(try FilterBSON.query(filter, on: layout)),
                "sort": ["_id": 1], "update": .document(layout.replacement(by: layout.stored(body))),
                "fields": ["_id": 1],
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

    /// - Throws: `StoreError.duplicateKey` if another document has the unique values that the changes would give to
    ///   the first one that matches.
    private func refuseDuplicate(after changes: [Change], in layout: CollectionLayout, where filter: Filter) throws {
        guard try layout.uniqueKeys.joined().contains(where: { try changes.newScalar(at: $0) != nil }) else { return }
        var found: (id: ObjectID?, document: BSONDocument)?
        try findStored(in: layout, Query(filter, limit: 1)) { document in
            found = (try document["_id"]?.objectID, BSONDocument(document))
            return .stop
        }
        guard let found else { return }
        try refuseDuplicate(of: found.document.applying(changes), in: layout, except: found.id)
    }

    /// - Parameter id: the document itself, if it is there already.
    private func refuseDuplicate(of document: BSONDocument, in layout: CollectionLayout, except id: ObjectID?) throws {
        var taken = TakenKeys(layout.uniqueKeys)
        try look(for: [document], on: layout, &taken, ignoring: id.map { [$0] } ?? [])
        if let path = try taken.refusal(of: document) {
            throw StoreError.duplicateKey(collection: layout.name, path: path)
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
        return uniqueKeys.compactMap(\.first).first { $0.dotted == error.duplicateField }
    }
}
