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

    func find(
        in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) throws {
        let touched = writes.touched(in: collection.ordinal)
        if touched.isEmpty { return try base.find(in: collection, query, visit: visit) }
        for document in try all(in: collection, query, touched) {
            if try visit(document.position, document.bytes.span) == .stop { return }
        }
    }

    func count(in collection: Collection, where filter: Filter) throws -> Int {
        let touched = writes.touched(in: collection.ordinal)
        if touched.isEmpty { return try base.count(in: collection, where: filter) }
        return try all(in: collection, Query(filter), touched).count
    }

    private func all(
        in collection: Collection, _ query: Query, _ touched: [(id: ObjectID, document: JSON?)]
    ) throws -> [Document] {
        var found: [Document] = []
        var unlimited = query
        unlimited.limit = nil
        try base.find(in: collection, unlimited) { position, bytes in
            if !touched.contains(where: { $0.id.position == position }) {
                found.append(Document(position: position, bytes: bytes))
            }
            return .next
        }
        for (id, document) in touched {
            guard let document, query.filter.matches(document), query.isBehind(id.position) else { continue }
            found.append(Document(position: id.position, bytes: document.bytes))
        }
        try query.sort(&found)
        return query.limit.map { Array(found.prefix(max(0, $0))) } ?? found
    }

    @discardableResult
    func insert(_ document: [UInt8], into collection: Collection) throws -> Position {
        let layout = try base.layouts.layout(of: collection)
        _ = try BSONDocument(id: nil, parsing: document)
        let json = try JSON(parsing: document)
        try refuseDuplicate(of: json, in: collection, layout)
        return try insert(json, into: collection, layout)
    }

    private func insert(_ json: JSON, into collection: Collection, _ layout: CollectionLayout) throws -> Position {
        let id = try base.nextID(for: collection, layout)
        writes.insert(json, as: WriteSet.Key(ordinal: collection.ordinal, id: id))
        return id.position
    }

    func update(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Document? {
        let layout = try base.layouts.layout(of: collection)
        _ = try ChangeBSON.update(changes)
        guard let present = try first(in: collection, Query(filter)) else { return nil }
        if changes.isEmpty { return present }
        let changed = try present.json().applying(changes)
        try refuseDuplicate(of: changed, in: collection, layout, except: present.position)
        writes.update(WriteSet.Key(ordinal: collection.ordinal, id: ObjectID(present.position)), changes, to: changed)
        return Document(position: present.position, bytes: changed.bytes)
    }

    func upsert(_ document: [UInt8], in collection: Collection, where filter: Filter) throws {
        let layout = try base.layouts.layout(of: collection)
        _ = try BSONDocument(id: nil, parsing: document)
        let json = try JSON(parsing: document)
        let present = try first(in: collection, Query(filter))?.position
        try refuseDuplicate(of: json, in: collection, layout, except: present)
        if let present {
            writes.replace(WriteSet.Key(ordinal: collection.ordinal, id: ObjectID(present)), by: json)
        } else {
            _ = try insert(json, into: collection, layout)
        }
    }

    @discardableResult
    func delete(in collection: Collection, where filter: Filter) throws -> Int {
        var positions: [Position] = []
        try find(in: collection, Query(filter)) { position, _ in
            positions.append(position)
            return .next
        }
        for position in positions {
            writes.delete(WriteSet.Key(ordinal: collection.ordinal, id: ObjectID(position)))
        }
        return positions.count
    }

    /// - Throws: `StoreError.duplicateKey` if another document has one of the values that must stand once.
    private func refuseDuplicate(
        of document: JSON, in collection: Collection, _ layout: CollectionLayout, except position: Position? = nil
    ) throws {
        for path in layout.uniquePaths {
            guard let value = document.scalar(at: path) else { continue }
            var isTaken = false
            try find(in: collection, Query(.equal(path, value))) { other, _ in
                isTaken = other != position
                return isTaken ? .stop : .next
            }
            if isTaken { throw StoreError.duplicateKey(collection: layout.name, path: path) }
        }
    }
}

extension Query {
    fileprivate func isBehind(_ position: Position) -> Bool {
        guard let after else { return true }
        return order == .reverseEntry ? position < after : after < position
    }

    fileprivate func sort(_ documents: inout [Document]) throws {
        switch order {
        case .entry: documents.sort { $0.position < $1.position }
        case .reverseEntry: documents.sort { $1.position < $0.position }
        case .field(let path), .reverseField(let path):
            let keyed = try documents.map { (try $0.json().scalar(at: path)?.string, $0) }
            documents = keyed.sorted { a, b in
                let (x, y) = (Array((a.0 ?? "").utf8), Array((b.0 ?? "").utf8))
                if (a.0 == nil) != (b.0 == nil) { return a.0 == nil }
                return x == y ? a.1.position < b.1.position : x.lexicographicallyPrecedes(y)
            }.map(\.1)
        }
    }
}
