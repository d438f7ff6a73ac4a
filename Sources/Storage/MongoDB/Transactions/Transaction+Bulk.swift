import Kernel

// Many documents in about as many round trips as one.
extension Transaction {
    func insert(_ documents: [[UInt8]], into collection: Collection) throws -> [Insertion] {
        let layout = try layouts.layout(of: collection)
        return try insert(documents.map { try BSONDocument(id: nil, parsing: $0) }, into: collection, layout)
    }

    func insert(_ bodies: [BSONDocument], into collection: Collection, _ layout: CollectionLayout) throws -> [Insertion]
    {
        var taken = TakenKeys(layout.uniqueKeys)
        // A refused insert ends the transaction. That is no loss for a single one at its beginning; others look first.
        let looksFirst = checksFirst || bodies.count > 1
        if looksFirst { try look(for: bodies, on: layout, &taken) }
        var outcomes: [Insertion] = []
        var documents: [BSONDocument] = []
        for body in bodies {
            if looksFirst, let path = try taken.refusal(of: body) {
                outcomes.append(.duplicateKey(path))
                continue
            }
            let id = try nextID(for: collection, layout, of: bodies.count - outcomes.count)
            documents.append(BSONDocument(id: id, try layout.stored(body)))
            outcomes.append(.inserted(id.position))
        }
        for part in documents.commandParts {
            let command: BSONDocument = [
                "insert": .string(layout.name), "documents": .array(part.map(BSONValue.document)),
            ]
            if documents.count == 1 {
                guard let path = try tryFirst(command, on: layout) else { continue }
                return outcomes.map { if case .inserted = $0 { .duplicateKey(path) } else { $0 } }
            }
            try run(.write, command)
        }
        return outcomes
    }

    func upsert(_ documents: [[UInt8]], in collection: Collection, by field: FieldPath) throws {
        let layout = try layouts.layout(of: collection)
        let bodies = try documents.map { try BSONDocument(id: nil, parsing: $0) }
        let keys = try bodies.map { try $0.key(at: field) }
        guard case .object = layout.spec.shape, layout.uniqueKeys == [[field]] else {
            // Replacing whole documents and adding others does not go in one command.
            for (document, key) in zip(documents, keys) {
                try upsert(document, in: collection, where: .equal(field, key.json))
            }
            return
        }
        let kept = keys.lastPlaces.map { (body: bodies[$0], key: keys[$0]) }
        guard !kept.isEmpty else { return }
        // Most are there already, and those need no id, for which writers wait for each other.
        if !isInLane {
            let updates = try kept.map { try statement($0.body, $0.key, field, layout, adding: nil) }
            if try update(layout, updates) == kept.count { return }
        }
        let updates = try kept.enumerated().map { index, document in
            let id = try nextID(for: collection, layout, of: kept.count - index)
            return try statement(document.body, document.key, field, layout, adding: id)
        }
        _ = try update(layout, updates)
    }

    /// - Returns: how many documents the statements have found or added.
    private func update(_ layout: CollectionLayout, _ statements: [BSONValue]) throws -> Int {
        try statements.commandParts.reduce(0) { count, part in
            let reply = try run(.write, ["update": .string(layout.name), "updates": .array(Array(part))])
            return count + (try reply.integer("n") ?? 0)
        }
    }

    /// - Parameter id: of the document, should it not be there yet; nil if it is not to be added.
    private func statement(
        _ body: BSONDocument, _ key: ScalarKey, _ field: FieldPath, _ layout: CollectionLayout, adding id: ObjectID?
    ) throws -> BSONValue {
        var update = layout.replacement(by: try layout.stored(body))
        if let id { update.append("$setOnInsert", ["_id": .objectID(id)]) }
        // Its index lets one document have the value, also as the element of an array.
        let query = BSONDocument(field.dotted, try BSONValue(key.json))
        return ["q": .document(query), "u": .document(update), "upsert": .bool(id != nil)]
    }

    func move(
        from source: Collection, where filter: Filter, to target: Collection, _ changes: [Change]
    ) throws -> Document? {
        let (origin, layout) = (try layouts.layout(of: source), try layouts.layout(of: target))
        try changes.validate(growing: origin.spec.growing)
        let reply = try run(
            .write,
            [
                "findAndModify": .string(origin.name), "query": .document(try FilterBSON.query(filter, on: origin)),
                "sort": ["_id": 1], "remove": true,
            ])
        let moved = try reply.read { reply in
            try reply["value"]?.document.map { found in
                try BSONDocument(found, without: ["_id"]).moved(from: origin, changes)
            }
        }
        guard let moved else { return nil }
        switch try insert([moved], into: target, layout)[0] {
        case .duplicateKey(let path): throw StoreError.duplicateKey(collection: layout.name, path: path)
        case .inserted(let position):
            return Document(position: position, bytes: try moved.read { try self.text(of: $0, layout) })
        }
    }
}

extension BSONDocument {
    /// The document as it enters another collection.
    func moved(from origin: CollectionLayout, _ changes: [Change]) throws -> BSONDocument {
        let changed = try applying(origin.stored(changes), growing: origin.spec.growing)
        return try changed.read { try BSONDocument($0, without: [ArrayFilling.field]) }
    }

    init(id: ObjectID, _ body: BSONDocument) {
        self = ["_id": .objectID(id)]
        append(contentsOf: body)
    }

    init(_ reader: BSONReader, without names: [String]) throws {
        self.init()
        try reader.forEach { element in
            if !names.contains(where: { element.name.elementsEqual($0.utf8) }) { append(element) }
            return true
        }
    }
}

/// Something that is sent in commands, of which one holds 16 MB at most.
protocol Sized {
    var size: Int { get }
}

extension BSONDocument: Sized {
    var size: Int { bytes.count }
}

extension BSONValue: Sized {
    var size: Int { if case .document(let document) = self { document.bytes.count } else { 16 } }
}

extension Array where Element: Sized {
    /// The elements in parts that fit into a command each.
    var commandParts: [ArraySlice<Element>] {
        var parts: [ArraySlice<Element>] = []
        var (start, bytes) = (startIndex, 0)
        for (index, element) in enumerated() {
            if index > start, bytes + element.size > 8 << 20 || index - start >= 1000 {
                parts.append(self[start..<index])
                (start, bytes) = (index, 0)
            }
            bytes += element.size
        }
        if start < endIndex { parts.append(self[start...]) }
        return parts
    }
}
