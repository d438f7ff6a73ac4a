import Kernel

// Updates of documents with a growing array.
extension Transaction {
    /// Adds to the array if all of `growths` fit: one command, whatever the array's length.
    /// - Returns: nil if there is no such document, or no room in it, or nobody has measured it yet.
    func growWithRoom(
        _ layout: CollectionLayout, _ growing: GrowingArray, where filter: Filter, _ changes: [Change]
    ) throws -> Document? {
        let growths = changes.growths
        var filling = ArrayFilling()
        let (kept, _) = filling.add(growths.map { Growth($0.element, .always) }, to: growing)
        var update = try ChangeBSON.update(changes, on: layout)
        if !kept.isEmpty {
            update.append("$push", [growing.name: ["$each": try BSONValue(.array(kept))]])
            update.append(
                "$inc",
                [
                    ArrayFilling.field + ".bytes": .int64(Int64(filling.bytes)),
                    ArrayFilling.field + ".count": .int64(Int64(filling.count)),
                ])
        }
        var room: BSONDocument = [ArrayFilling.field + ".leftOut": 0]
        if let least = ArrayFilling.room(for: growths, in: growing) {
            room.append(ArrayFilling.field + ".bytes", ["$lte": .int64(Int64(least))])
        }
        let query: BSONDocument = [
            "$and": [.document(try FilterBSON.query(filter, on: layout)), .document(room)]
        ]
        return try self.update(layout, query, by: update, showing: growing)
    }

    /// Adds what there is room for, after a look at the array; rare, as for a full one.
    func growWithoutRoom(
        _ layout: CollectionLayout, _ growing: GrowingArray, where filter: Filter, _ changes: [Change]
    ) throws -> Document? {
        var found: (id: ObjectID, filling: ArrayFilling?)?
        var query = Query(filter, limit: 1)
        query.showsLastElementsOnly = true
        try findStored(in: layout, query) { document in
            guard let id = try document["_id"]?.objectID else { throw StoreError.corrupt("an _id is no ObjectId") }
            found = (id, try ArrayFilling(of: document))
            return .stop
        }
        guard let found else { return nil }
        let isThis: BSONDocument = ["_id": .objectID(found.id)]
        if let filling = found.filling, filling.bytes < Self.trustedBytes {
            let update = try ChangeBSON.update(changes, on: layout, filling)
            return try self.update(layout, isThis, by: update, showing: growing)
        }
        // It comes from elsewhere, and may be of any size.
        let reply = try run(
            .read,
            ["find": .string(layout.name), "filter": .document(isThis), "limit": 1, "singleBatch": true])
        guard let stored = try reply.documents.first else { return nil }
        let changed = try stored.applying(changes, growing: growing)
        let grown = try changed.read { try BSONDocument($0, without: ["_id"]) }
        let update = try ChangeBSON.update(changes.filter { $0.path != growing.path }, on: layout)
            .alsoSetting(try grown.members(growing.name, ArrayFilling.field))
        return try self.update(layout, isThis, by: update, showing: growing)
    }

    /// Arrays beyond that are read before they grow: the document may come to the 16 MB that a server allows.
    static var trustedBytes: Int { 4 << 20 }

    private func update(
        _ layout: CollectionLayout, _ query: BSONDocument, by update: BSONDocument, showing growing: GrowingArray
    ) throws -> Document? {
        let reply = try run(
            .write,
            [
                "findAndModify": .string(layout.name), "query": .document(query), "sort": ["_id": 1],
                "update": .document(update), "new": true, "fields": .document(growing.lastElements),
            ])
        return try reply.read { reply in
            try reply["value"]?.document.map { try self.document($0, layout) }
        }
    }
}

extension GrowingArray {
    /// The projection that leaves no more of it than its end.
    var lastElements: BSONDocument { BSONDocument(name, ["$slice": -1]) }
}

extension BSONDocument {
    /// The members of these names.
    func members(_ names: String...) throws -> BSONDocument {
        try read { reader in
            var members = BSONDocument()
            try reader.forEach { element in
                if names.contains(where: { element.name.elementsEqual($0.utf8) }) { members.append(element) }
                return true
            }
            return members
        }
    }
}
