import Kernel

/// The writes of one closure, kept back until it has returned: what has become of each document that it touched.
struct WriteSet {
    enum Fate {
        case inserted(JSON)
        /// The changes to make, and what comes out.
        case updated([Change], JSON)
        case replaced(JSON)
        case deleted
        /// Inserted and deleted again.
        case gone

        /// The document as the closure sees it; nil if it is not there.
        var document: JSON? {
            switch self {
            case .inserted(let document), .updated(_, let document), .replaced(let document): document
            case .deleted, .gone: nil
            }
        }
    }

    struct Key: Hashable {
        let ordinal: Int
        let id: ObjectID
    }

    private(set) var fates: [Key: Fate] = [:]
    /// In the order in which they were touched first.
    private(set) var order: [Key] = []

    var isEmpty: Bool { fates.isEmpty }

    /// The documents of a collection that were touched.
    func touched(in ordinal: Int) -> [(id: ObjectID, document: JSON?)] {
        order.filter { $0.ordinal == ordinal }.map { ($0.id, fates[$0]?.document) }
    }

    mutating func insert(_ document: JSON, as key: Key) { set(.inserted(document), key) }

    mutating func update(_ key: Key, _ changes: [Change], to document: JSON) {
        switch fates[key] {
        case .inserted: set(.inserted(document), key)
        case nil: set(.updated(changes, document), key)
        default: set(.replaced(document), key)
        }
    }

    mutating func replace(_ key: Key, by document: JSON) {
        if case .inserted = fates[key] { set(.inserted(document), key) } else { set(.replaced(document), key) }
    }

    mutating func delete(_ key: Key) {
        if case .inserted = fates[key] { set(.gone, key) } else { set(.deleted, key) }
    }

    private mutating func set(_ fate: Fate, _ key: Key) {
        if fates.updateValue(fate, forKey: key) == nil { order.append(key) }
    }
}
