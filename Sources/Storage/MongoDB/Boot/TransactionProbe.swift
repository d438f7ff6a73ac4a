import Kernel

/// Whether the server has transactions. What it says of itself is not enough: some take every command of a transaction,
/// and apply each at once.
struct TransactionProbe {
    let client: Client
    let database: String
    let server: ServerKind
    let hosts: String

    /// Writes a document in a transaction, gives that up, and looks.
    func run() throws {
        let mark: BSONDocument = ["_id": .string("probe \(ObjectID.random.text)")]
        let session = try client.startSession()
        defer { session.abort() }
        try session.begin()
        try client.run(
            .write, ["insert": .string(client.own.sequences), "documents": .array([.document(mark)])],
            on: database, in: session)
        session.abort()
        let reply = try client.run(
            .read,
            [
                "find": .string(client.own.sequences), "filter": .document(mark), "limit": 1,
                "singleBatch": true,
            ], on: database)
        guard try !reply.documents.isEmpty else { return }
        _ = try? client.run(
            .write,
            ["delete": .string(client.own.sequences), "deletes": [["q": .document(mark), "limit": 1]]],
            on: database)
        throw BootIssue(
            .environment,
            "the \(server.product) server at \(hosts) (version \(server.version)) ignores transactions: what one had "
                + "written was still there after it was aborted",
            remedy: "use a replica set of MongoDB; docs/mongodb.md lists the servers that will do")
    }
}
