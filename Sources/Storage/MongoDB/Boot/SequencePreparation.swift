import Glibc
import Kernel

/// Sets up the sequence of a collection behind every id that is there already. It writes in any case, which shows that
/// the user may.
struct SequencePreparation {
    let client: Client
    let database: String
    let hosts: String
    let layout: CollectionLayout

    /// - Returns: whether another program may have added documents since this service last started.
    func run() throws -> Bool {
        _ = try id(at: 1)
        let last = try id(at: -1)
        let now = UInt32(clamping: time(nil))
        let start = max(now, last.map { $0.high == .max ? .max : $0.high + 1 } ?? 0)
        let sequence = try advance(settingUp: start)
        guard let last, sequence < last else { return sequence.low == 1 }
        try client.run(
            .write,
            [
                "update": .string(client.own.sequences),
                "updates": [
                    [
                        "q": ["_id": .string(layout.name), "high": .int64(Int64(sequence.high))],
                        "u": ["$set": ["high": .int64(Int64(start))]],
                    ]
                ],
            ], on: database)
        return true
    }

    private func advance(settingUp high: UInt32) throws -> ObjectID {
        var command = EntrySequence.advance(layout.name, in: client.own.sequences, by: 1, setting: high)
        command.append("upsert", true)
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do throws(MongoDBError) {
                let reply = try client.run(.write, command, on: database)
                if let range = try? EntrySequence.ids(reply, count: 1) { return range.lowerBound }
                guard ContinuousClock.now < deadline else { throw MongoDBError(sequenceOf: layout.name) }
            } catch {
                // Another instance does the same.
                guard error.code == ErrorCode.duplicateKey || error.isConflict, ContinuousClock.now < deadline else {
                    throw error
                }
            }
            usleep(.random(in: 2_000...20_000))
        }
    }

    /// For how long it goes on while other instances set up the same sequence. Each attempt that fails was another's
    /// success, or met one under way.
    private static let patience = Duration.seconds(10)

    /// The first or last `_id` of the collection; nil if it is empty.
    private func id(at direction: Int32) throws -> ObjectID? {
        let reply = try client.run(
            .read,
            [
                "find": .string(layout.name), "projection": ["_id": 1], "sort": ["_id": .int32(direction)], "limit": 1,
                "singleBatch": true, "maxTimeMS": .int64(4000),
            ], on: database)
        return try reply.read { reply in
            var id: ObjectID?
            try reply["cursor"]?.document?["firstBatch"]?.document?.forEach { row in
                id = try row.document?["_id"]?.objectID
                guard id != nil else {
                    throw BootIssue(
                        .environment,
                        "the collection '\(layout.name)' of the database '\(database)' on \(hosts) holds documents "
                            + "whose _id is no ObjectId",
                        remedy: "give them one, or move them away; they are found by "
                            + "db.\(layout.name).find({_id: {$not: {$type: 'objectId'}}})")
                }
                return false
            }
            return id
        }
    }
}
