import Kernel
import Synchronization

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
    /// The command that moves the sequence of a collection on by `count` and answers its new end.
    /// - Parameters:
    ///   - collection: of the sequences.
    ///   - high: the first four bytes of its ids, should there be no sequence yet.
    static func advance(_ name: String, in collection: String, by count: Int, setting high: UInt32? = nil)
        -> BSONDocument
    {
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

    /// The command that moves sequences on from where they are thought to be.
    /// - Returns: the command, whose reply says `n` for how many that was right.
    static func advance(_ moves: [(name: String, from: ObjectID, to: ObjectID)], in collection: String) -> BSONDocument
    {
        let updates = moves.map { move -> BSONValue in
            [
                "q": [
                    "_id": .string(move.name), "high": .int64(Int64(move.from.high)),
                    "number": .int64(Int64(bitPattern: move.from.low)),
                ],
                "u": ["$set": ["number": .int64(Int64(bitPattern: move.to.low))]],
            ]
        }
        return ["update": .string(collection), "updates": .array(updates)]
    }
}

/// Where the sequences were when this process last moved them. As long as no other instance inserts they are still
/// there, and a transaction numbers its documents without asking: one command at its end moves all its sequences on, if
/// they were where they were thought to be. Otherwise it is run again, and asks.
final class SequenceMemory: Sendable {
    private struct Known {
        var last: ObjectID
        var isTrusted: Bool
    }

    private let known = Mutex<[Int: Known]>([:])

    /// The last id of a collection; nil if another instance may have moved it.
    func last(of collection: Int) -> ObjectID? {
        known.withLock { known in known[collection].flatMap { $0.isTrusted ? $0.last : nil } }
    }

    /// Takes note of a sequence that a committed transaction has moved.
    func didMove(_ collection: Int, from first: ObjectID, to last: ObjectID) {
        known.withLock { known in
            // While others insert too, it is cheaper to ask than to be wrong.
            let isAlone = known[collection].map { $0.last == first } ?? true
            known[collection] = Known(last: last, isTrusted: isAlone)
        }
    }

    func distrust(_ collections: some Sequence<Int>) {
        known.withLock { known in
            for collection in collections { known[collection]?.isTrusted = false }
        }
    }
}

extension ObjectID {
    var next: ObjectID { ObjectID(high: high, low: low &+ 1) }
}
