import Kernel

extension ReadTransaction {
    /// The state that it reads.
    var stateNow: ReadTime {
        get throws {
            guard let transaction = self as? Transaction else { return .ofTransaction }
            try transaction.run(
                .read, ["find": .string(transaction.client.own.sequences), "limit": 1, "singleBatch": true])
            return transaction.time
        }
    }
}

/// How a read sees one state of the database.
enum ReadTime: Sendable, Hashable {
    /// By the transaction that it runs in; on a standalone server it does not.
    case ofTransaction
    /// As it is at the first command, whose reply tells when that was.
    case now
    /// As it was at that cluster time. Servers from 5.0 on keep some minutes of what was committed by a majority
    /// (minSnapshotHistoryWindowInSeconds), and hold nothing for who reads it.
    case at(UInt64)

    /// A command that reads that state. Only those that begin to read say when.
    func applied(to command: BSONDocument) -> BSONDocument {
        guard self != .ofTransaction, ["find", "aggregate"].contains(command.firstName) else { return command }
        var concern: BSONDocument = ["level": "snapshot"]
        if case .at(let time) = self { concern.append("atClusterTime", .timestamp(time)) }
        var command = command
        command.append("readConcern", .document(concern))
        return command
    }

    /// The state that the reply to the first command was taken from.
    func settled(by reply: ServerReply) throws -> ReadTime {
        guard self == .now else { return self }
        let time = try reply.read { try $0["cursor"]?.document?["atClusterTime"]?.timestamp }
        guard let time else { throw BSONReader.damaged }
        return .at(time)
    }
}
