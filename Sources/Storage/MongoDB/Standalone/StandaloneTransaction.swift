import Kernel

/// A write on a server without transactions: the closure's writes are kept back, and it sees them laid over what the
/// server has. Only one runs at a time in a process.
final class StandaloneTransaction: WriteTransaction {
    /// Reads what the server has.
    let base: Transaction
    private(set) var writes = WriteSet()

    init(_ base: Transaction) {
        self.base = base
    }

    /// A document as it is stored, without its `_id`, and as it is served.
    fileprivate struct Found {
        let id: ObjectID
        let stored: BSONDocument
        let served: [UInt8]
    }

    func find(
        in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) throws {
        if writes.touched(in: collection.ordinal).isEmpty { return try base.find(in: collection, query, visit: visit) }
        for document in try all(in: collection, query) {
            if try visit(document.id.position, document.served.span) == .stop { return }
        }
    }

    func count(in collection: Collection, where filter: Filter) throws -> Int {
        if writes.touched(in: collection.ordinal).isEmpty { return try base.count(in: collection, where: filter) }
        return try all(in: collection, Query(filter)).count
    }

    private func all(in collection: Collection, _ query: Query) throws -> [Found] {
        let layout = try base.layouts.layout(of: collection)
        let touched = writes.touched(in: collection.ordinal)
        var found: [Found] = []
        var wanted = query
        // Of those that the server finds, as many may be changed as were touched.
        wanted.limit = query.limit.map { max(0, $0) + touched.count }
        try base.findStored(in: layout, wanted) { document in
            guard let id = try document["_id"]?.objectID else { throw StoreError.corrupt("an _id is no ObjectId") }
            if !touched.contains(where: { $0.id == id }) {
                let stored = try BSONDocument(document, without: ["_id", UnservedField.note])
                found.append(Found(id: id, stored: stored, served: try base.text(of: document, layout)))
            }
            return .next
        }
        for (id, document) in touched {
            guard let document else { continue }
            let served = try document.read { try base.text(of: $0, layout) }
            let json = try JSON(parsing: served)
            guard query.filter.matches(json, instants: layout.spec.instants), query.isBehind(id.position, json) else {
                continue
            }
            found.append(Found(id: id, stored: document, served: served))
        }
        // The server's part is sorted already.
        if touched.contains(where: { $0.document != nil }) { try query.sort(&found) }
        return query.limit.map { Array(found.prefix(max(0, $0))) } ?? found
    }

    @discardableResult
    func insert(_ document: [UInt8], into collection: Collection) throws -> Position {
        switch try insert([document], into: collection)[0] {
        case .inserted(let position): return position
        case .duplicateKey(let path): throw StoreError.duplicateKey(collection: collection.name, path: path)
        }
    }

    func insert(_ documents: [[UInt8]], into collection: Collection) throws -> [Insertion] {
        try insert(documents.map { try BSONDocument(id: nil, parsing: $0) }, into: collection)
    }

    private func insert(_ bodies: [BSONDocument], into collection: Collection) throws -> [Insertion] {
        let layout = try base.layouts.layout(of: collection)
        var taken = try keys(of: bodies, in: collection, layout)
        var count = bodies.count
        return try bodies.map { body in
            defer { count -= 1 }
            if let path = try taken.refusal(of: body) { return .duplicateKey(path) }
            return .inserted(try add(body, to: collection, layout, of: count))
        }
    }

    private func add(
        _ body: BSONDocument, to collection: Collection, _ layout: CollectionLayout, of count: Int = 1
    ) throws -> Position {
        let id = try base.nextID(for: collection, layout, of: count)
        writes.insert(try layout.stored(body), as: WriteSet.Key(ordinal: collection.ordinal, id: id))
        return id.position
    }

    func update(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Document? {
        let layout = try base.layouts.layout(of: collection)
        try changes.validate(growing: layout.spec.growing)
        guard let present = try all(in: collection, Query(filter, limit: 1)).first else { return nil }
        if changes.isEmpty { return Document(position: present.id.position, bytes: present.served) }
        let changed = try change(present, changes, in: collection, layout)
        return Document(
            position: present.id.position, bytes: try changed.read { try base.text(of: $0, layout) })
    }

    @discardableResult
    func updateAll(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Int {
        let layout = try base.layouts.layout(of: collection)
        try changes.validateForAll(growing: layout.spec.growing)
        let found = try all(in: collection, Query(filter))
        guard !changes.isEmpty else { return found.count }
        for present in found { _ = try change(present, changes, in: collection, layout) }
        return found.count
    }

    private func change(
        _ present: Found, _ changes: [Change], in collection: Collection, _ layout: CollectionLayout
    ) throws -> BSONDocument {
        let changed = try present.stored.applying(layout.stored(changes), growing: layout.spec.growing)
        if try layout.uniqueKeys.joined().contains(where: { try changes.newScalar(at: $0) != nil }) {
            try refuseDuplicate(of: changed, in: collection, layout, except: present.id)
        }
        let key = WriteSet.Key(ordinal: collection.ordinal, id: present.id)
        writes.update(key, by: try update(changes, of: present.stored, to: changed, layout), to: changed)
        return changed
    }

    private func update(
        _ changes: [Change], of stored: BSONDocument, to changed: BSONDocument, _ layout: CollectionLayout
    ) throws -> BSONDocument {
        guard let growing = layout.spec.growing, !changes.growths.isEmpty else {
            return try ChangeBSON.update(changes, on: layout)
        }
        if let filling = try stored.read({ try ArrayFilling(of: $0) }), filling.bytes < Transaction.trustedBytes {
            return try ChangeBSON.update(changes, on: layout, filling)
        }
        return try ChangeBSON.update(changes.filter { $0.path != growing.path }, on: layout)
            .alsoSetting(changed.members(growing.name, ArrayFilling.field))
    }

    func upsert(_ document: [UInt8], in collection: Collection, where filter: Filter) throws {
        let body = try BSONDocument(id: nil, parsing: document)
        let present = try all(in: collection, Query(filter, limit: 1)).first
        try put(body, in: collection, over: present, isKnownByKey: false)
    }

    func upsert(_ documents: [[UInt8]], in collection: Collection, by field: FieldPath) throws {
        let layout = try base.layouts.layout(of: collection)
        let bodies = try documents.map { try BSONDocument(id: nil, parsing: $0) }
        let keys = try bodies.map { try $0.key(at: field) }
        var present: [ScalarKey: Found] = [:]
        for found in try all(in: collection, Query(.among(field, keys.map(\.json)))) {
            let key = try found.stored.key(at: field)
            if present[key] == nil { present[key] = found }
        }
        let places = keys.lastPlaces
        var missing = places.count { present[keys[$0]] == nil }
        for place in places {
            let found = present[keys[place]]
            try put(
                bodies[place], in: collection, over: found, isKnownByKey: layout.uniqueKeys == [[field]], of: missing)
            if found == nil { missing -= 1 }
        }
    }

    /// - Parameters:
    ///   - isKnownByKey: whether `present` says all of who has the only unique key.
    ///   - count: how many are to be added, with this one if it is.
    private func put(
        _ body: BSONDocument, in collection: Collection, over present: Found?, isKnownByKey: Bool, of count: Int = 1
    ) throws {
        let layout = try base.layouts.layout(of: collection)
        if !isKnownByKey { try refuseDuplicate(of: body, in: collection, layout, except: present?.id) }
        guard let present else {
            _ = try add(body, to: collection, layout, of: count)
            return
        }
        let key = WriteSet.Key(ordinal: collection.ordinal, id: present.id)
        writes.replace(key, by: try layout.replacing(present.stored, by: layout.stored(body)))
    }

    func move(
        from source: Collection, where filter: Filter, to target: Collection, _ changes: [Change]
    ) throws -> Document? {
        let layout = try base.layouts.layout(of: target)
        let origin = try base.layouts.layout(of: source)
        try changes.validate(growing: origin.spec.growing)
        guard let present = try all(in: source, Query(filter, limit: 1)).first else { return nil }
        let moved = try present.stored.moved(from: origin, changes)
        switch try insert([moved], into: target)[0] {
        case .duplicateKey(let path): throw StoreError.duplicateKey(collection: layout.name, path: path)
        case .inserted(let position):
            writes.delete(WriteSet.Key(ordinal: source.ordinal, id: present.id))
            return Document(position: position, bytes: try moved.read { try base.text(of: $0, layout) })
        }
    }

    @discardableResult
    func delete(in collection: Collection, where filter: Filter) throws -> Int {
        let found = try all(in: collection, Query(filter))
        for document in found { writes.delete(WriteSet.Key(ordinal: collection.ordinal, id: document.id)) }
        return found.count
    }

    func afterCommit(_ body: @escaping @Sendable () -> Void) { base.afterCommit(body) }

    /// The keys that are taken among those of `documents`: by what the server has and the closure has left there, and
    /// by what the closure has written.
    private func keys(
        of documents: [BSONDocument], in collection: Collection, _ layout: CollectionLayout,
        except id: ObjectID? = nil
    ) throws -> TakenKeys {
        var taken = TakenKeys(layout.uniqueKeys)
        let touched = writes.touched(in: collection.ordinal)
        var ignored = Set(touched.map(\.id))
        if let id { ignored.insert(id) }
        try base.look(for: documents, on: layout, &taken, ignoring: ignored)
        for (other, document) in touched where other != id {
            if let document { try taken.add(document) }
        }
        return taken
    }

    /// - Throws: `StoreError.duplicateKey` if another document has one of the values that must stand once.
    private func refuseDuplicate(
        of document: BSONDocument, in collection: Collection, _ layout: CollectionLayout, except id: ObjectID?
    ) throws {
        var taken = try keys(of: [document], in: collection, layout, except: id)
        if let path = try taken.refusal(of: document) {
            throw StoreError.duplicateKey(collection: layout.name, path: path)
        }
    }
}

extension CollectionLayout {
    /// What `replacement(by:)` makes of a stored document.
    fileprivate func replacing(_ stored: BSONDocument, by body: BSONDocument) throws -> BSONDocument {
        guard case .object(let members) = spec.shape else { return body }
        let known = Set(members.map(\.name))
        var result = body
        try stored.read { stored in
            try stored.forEach { element in
                let name = String(decoding: element.name, as: UTF8.self)
                if !known.contains(name), try body.read({ try $0[name] == nil }) { result.append(element) }
                return true
            }
        }
        return result
    }
}

extension Query {
    /// Whether a document comes behind the place where the query begins.
    fileprivate func isBehind(_ position: Position, _ document: JSON) -> Bool {
        guard let after else { return true }
        switch order {
        case .entry: return after < position
        case .reverseEntry: return position < after
        case .field(let path):
            return FieldKey(afterValue.string, after) < FieldKey(document.scalar(at: path)?.string, position)
        case .reverseField(let path):
            return FieldKey(document.scalar(at: path)?.string, position) < FieldKey(afterValue.string, after)
        }
    }

    fileprivate func sort(_ documents: inout [StandaloneTransaction.Found]) throws {
        switch order {
        case .entry: documents.sort { $0.id < $1.id }
        case .reverseEntry: documents.sort { $1.id < $0.id }
        case .field(let path), .reverseField(let path):
            let keyed = try documents.map { document in
                let text = try JSON(parsing: document.served).scalar(at: path)?.string
                return (key: FieldKey(text, document.id.position), document: document)
            }
            documents = keyed.sorted { $0.key < $1.key }.map(\.document)
            if case .reverseField = order { documents.reverse() }
        }
    }
}

/// A document's place in the order of a field: those without it come first.
private struct FieldKey: Comparable {
    let text: [UInt8]?
    let position: Position

    init(_ text: String?, _ position: Position) {
        self.text = text.map { Array($0.utf8) }
        self.position = position
    }

    static func < (a: FieldKey, b: FieldKey) -> Bool {
        switch (a.text, b.text) {
        case (nil, nil): a.position < b.position
        case (nil, _): true
        case (_, nil): false
        case (let x?, let y?): x == y ? a.position < b.position : x.lexicographicallyPrecedes(y)
        }
    }
}
