import Kernel

/// Hands out the `_id`s of new documents, so that the order of entry is the order of the ids whatever instance a
/// document came from.
///
/// ObjectIds that clients make follow the clocks of their machines, and are made long before they are committed: a
/// reader that goes on behind the last id it saw would miss one that came later and is smaller. Here the last number
/// of each collection is a document that every inserting transaction changes. Of two such transactions one conflicts
/// with the other and is run again, so that ids become visible in their order.
///
/// An id is made of four bytes that never fall (the second in which the sequence was set up behind the ids that were
/// there already) and an eight-byte number.
struct EntrySequence: Sendable {
    static let collection = "job-service.sequences"

    /// The command that moves the sequence of a collection on by `count` and answers its new end.
    /// - Parameter high: the first four bytes of its ids, should there be no sequence yet.
    static func advance(_ name: String, by count: Int, setting high: UInt32? = nil) -> BSONDocument {
        var update: BSONDocument = ["$inc": ["number": .int64(Int64(count))]]
        if let high { update.append("$setOnInsert", ["high": .int64(Int64(high))]) }
        return [
            "findAndModify": .string(collection), "query": ["_id": .string(name)], "update": .document(update),
            "new": true,
        ]
    }

    /// The ids that a transaction may use, from the answer to `advance`; nil if there is no such sequence.
    static func ids(_ reply: ServerReply, count: Int) throws -> Range<ObjectID>? {
        try reply.read { reply in
            guard let found = try reply["value"] else { throw BSONReader.damaged }
            guard let value = try found.document,
                let high = try value["high"]?.integer.flatMap({ UInt32(exactly: $0) }),
                let number = try value["number"]?.integer, number >= Int64(count)
            else { return nil }
            let end = UInt64(number) + 1
            return ObjectID(high: high, low: end - UInt64(count))..<ObjectID(high: high, low: end)
        }
    }
}

extension ObjectID {
    var next: ObjectID { ObjectID(high: high, low: low &+ 1) }
}
