import Kernel

/// Finds out whether a server reads states of the past, as those from 5.0 on do: it changes a document and looks what
/// it was. Some that speak MongoDB's protocol take the time and pass over it.
struct SnapshotProbe {
    let client: Client
    let database: String

    private var document: BSONDocument { ["_id": .string(client.own.probe)] }

    /// - Throws: `MongoDBError` if the server cannot be asked.
    func run() throws -> Bool {
        let session = try client.startSession(isNoted: false)
        do {
            let first = try look(.now, session)
            try client.run(
                .write,
                [
                    "update": .string(client.own.sequences),
                    "updates": [
                        ["q": .document(document), "u": ["$inc": ["number": .int64(1)]], "upsert": true]
                    ],
                ], on: database)
            let second = try look(first.time, session)
            return first.number == second.number
        } catch let error as MongoDBError where !error.isNetworkFailure && !error.isStateChange {
            return false
        } catch is StoreError {
            return false
        }
    }

    private func look(_ time: ReadTime, _ session: Session) throws -> (number: Int64?, time: ReadTime) {
        let command: BSONDocument = [
            "find": .string(client.own.sequences), "filter": .document(document), "limit": 1,
            "singleBatch": true,
        ]
        let reply = try client.run(.read, time.applied(to: command), on: database, in: session)
        let number = try reply.documents.first?.read { try $0["number"]?.integer }
        return (number ?? nil, try time.settled(by: reply))
    }
}
