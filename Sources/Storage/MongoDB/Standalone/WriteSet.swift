import Kernel

/// The writes of one closure, kept back until it has returned: what has become of each document that it touched.
/// Documents are as they are stored, without their `_id`, with whatever they hold that this service does not know.
struct WriteSet {
    enum Fate {
        case inserted(BSONDocument)
        /// The update to make, and what comes out.
        case updated(BSONDocument, BSONDocument)
        case replaced(BSONDocument)
        case deleted
        /// Inserted and deleted again.
        case gone

        /// The document as the closure sees it; nil if it is not there.
        var document: BSONDocument? {
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

    /// The documents of a collection that were touched.
    func touched(in ordinal: Int) -> [(id: ObjectID, document: BSONDocument?)] {
        order.filter { $0.ordinal == ordinal }.map { ($0.id, fates[$0]?.document) }
    }

    mutating func insert(_ document: BSONDocument, as key: Key) { set(.inserted(document), key) }

    mutating func update(_ key: Key, by update: BSONDocument, to document: BSONDocument) {
        if fates[key] == nil { set(.updated(update, document), key) } else { replace(key, by: document) }
    }

    mutating func replace(_ key: Key, by document: BSONDocument) {
        if case .inserted = fates[key] { set(.inserted(document), key) } else { set(.replaced(document), key) }
    }

    mutating func delete(_ key: Key) {
        if case .inserted = fates[key] { set(.gone, key) } else { set(.deleted, key) }
    }

    private mutating func set(_ fate: Fate, _ key: Key) {
        if fates.updateValue(fate, forKey: key) == nil { order.append(key) }
    }
}
