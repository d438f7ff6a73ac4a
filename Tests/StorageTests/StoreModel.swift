import Kernel

/// What a store should be, in the plainest form: a list of documents for each collection, searched from end to end.
/// `key` is unique; what filters and changes mean follows their documentation and nothing else.
struct StoreModel {
    struct Entry {
        var position: Position
        var document: JSON
    }

    var collections: [[Entry]] = [[], []]

    enum Failure: Error {
        case duplicate, misfit
    }

    // Reading

    func find(_ collection: Int, _ query: Query) -> [Entry] {
        var found = collections[collection].filter { Self.matches($0.document, query.filter) }
        switch query.order {
        case .entry: break
        case .reverseEntry: found.reverse()
        case .field(let path), .reverseField(let path):
            func text(_ entry: Entry) -> [UInt8] {
                Self.value(entry.document, path)?.string.map { Array($0.utf8) } ?? []
            }
            func isThere(_ entry: Entry) -> Bool { Self.value(entry.document, path) != nil }
            let sorted = found.enumerated().sorted { a, b in
                if isThere(a.element) != isThere(b.element) { return isThere(b.element) }
                let (x, y) = (text(a.element), text(b.element))
                return x == y ? a.offset < b.offset : x.lexicographicallyPrecedes(y)
            }
            found = sorted.map(\.element)
        }
        if let after = query.after {
            found = found.filter { query.order == .entry ? $0.position > after : $0.position < after }
        }
        return Array(found.prefix(query.limit ?? .max))
    }

    static func matches(_ document: JSON, _ filter: Filter) -> Bool {
        switch filter {
        case .all: true
        case .equal(let path, let value): Self.value(document, path).map { isEqual($0, value) } ?? false
        case .among(let path, let values): values.contains { matches(document, .equal(path, $0)) }
        case .absent(let path): Self.value(document, path) == nil
        case .contains(let path, let value): elements(document, path.steps[...]).contains { isEqual($0, value) }
        case .behind(let path, let text):
            Self.value(document, path)?.string.map { text.utf8.lexicographicallyPrecedes($0.utf8) } ?? false
        case .atLeast, .less, .atMost, .more: false
        case .and(let filters): filters.allSatisfy { matches(document, $0) }
        case .or(let filters): filters.contains { matches(document, $0) }
        }
    }

    private static func isEqual(_ a: JSON, _ b: JSON) -> Bool {
        switch (a, b) {
        case (.bool(let a), .bool(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.integer(let a), .integer(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
        default: false
        }
    }

    private static func value(_ document: JSON, _ path: FieldPath) -> JSON? {
        path.steps.reduce(document) { (value: JSON?, step) in value?[String(step.name)] }
    }

    private static func elements(_ value: JSON, _ steps: ArraySlice<(name: Substring, isArray: Bool)>) -> [JSON] {
        guard let step = steps.first else { return [value] }
        guard let member = value[String(step.name)] else { return [] }
        if !step.isArray { return elements(member, steps.dropFirst()) }
        return (member.array ?? []).flatMap { elements($0, steps.dropFirst()) }
    }

    // Writing

    mutating func insert(_ document: JSON, at position: Position, _ collection: Int) throws {
        try checkKey(of: document, besides: nil, collection)
        collections[collection].append(Entry(position: position, document: document))
    }

    mutating func update(_ collection: Int, _ filter: Filter, _ changes: [Change]) throws -> Entry? {
        guard let index = collections[collection].firstIndex(where: { Self.matches($0.document, filter) }) else {
            return nil
        }
        let changed = try changes.reduce(collections[collection][index].document) { document, change in
            try Self.apply(change, to: document, change.path.steps.map { String($0.name) }[...])
        }
        try replace(index, by: changed, collection)
        return collections[collection][index]
    }

    mutating func upsert(_ document: JSON, _ collection: Int, _ filter: Filter, at position: () -> Position) throws {
        if let index = collections[collection].firstIndex(where: { Self.matches($0.document, filter) }) {
            try replace(index, by: document, collection)
        } else {
            try insert(document, at: position(), collection)
        }
    }

    mutating func delete(_ collection: Int, _ filter: Filter) -> Int {
        let before = collections[collection].count
        collections[collection].removeAll { Self.matches($0.document, filter) }
        return before - collections[collection].count
    }

    private mutating func replace(_ index: Int, by document: JSON, _ collection: Int) throws {
        try checkKey(of: document, besides: index, collection)
        collections[collection][index].document = document
    }

    private func checkKey(of document: JSON, besides own: Int?, _ collection: Int) throws {
        guard let key = document["key"] else { return }
        for (index, entry) in collections[collection].enumerated() where index != own {
            guard let other = entry.document["key"] else { continue }
            if Self.isEqual(key, other) || (key == .null && other == .null) { throw Failure.duplicate }
        }
    }

    private static func apply(_ change: Change, to value: JSON, _ path: ArraySlice<String>) throws -> JSON {
        guard let name = path.first else { return value }
        guard case .object(var object) = value else {
            if case .unset = change { return value }
            throw Failure.misfit
        }
        if path.count > 1 {
            if case .unset = change, object[name] == nil { return value }
            object[name] = try apply(change, to: object[name] ?? [:], path.dropFirst())
            return .object(object)
        }
        switch change {
        case .set(_, let new): object[name] = new
        case .unset: object[name] = nil
        case .grow: throw Failure.misfit
        case .append(_, let new):
            guard let old = (object[name] ?? []).array else { throw Failure.misfit }
            object[name] = .array(old + new)
        }
        return .object(object)
    }
}
