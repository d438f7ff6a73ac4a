import Kernel

/// A transaction while its closure runs. Used by one thread.
///
/// MongoDB ends a transaction at its first failure. The failure is kept, every later verb throws it again, and who
/// runs the transaction decides by it what to do: run it again, or give up.
final class Transaction: ReadTransaction {
    let client: Client
    /// nil outside of transactions, on a server that has none.
    let session: Session?
    let database: String
    let layouts: [CollectionLayout]
    /// Looks for documents that stand in the way before it inserts: a failed insert would end the transaction.
    let checksFirst: Bool
    let lane: EntryLane?
    /// Until when it waits for its turn to insert.
    let deadline: ContinuousClock.Instant

    /// For reads outside of transactions.
    private(set) var time: ReadTime
    /// What has ended the transaction.
    private(set) var failure: MongoDBError?
    private var text = JSONText()
    let sequences: SequenceMemory
    /// The ids of the documents that it inserts, by collection.
    var allotments: [Int: Allotment] = [:]
    var isInLane: Bool
    /// What is to be done once it is committed.
    private(set) var hooks: [AfterCommit.Work] = []
    /// Whether it has done anything that its beginning anew would lose.
    private(set) var hasBegun = false
    /// Whether the server has ended it, with nothing done in it; the next command begins it anew.
    private var isOver = false

    /// Documents that one batch of a list brings.
    private static let batchSize: Int32 = 256

    init(
        on client: Client, in session: Session?, database: String, layouts: [CollectionLayout],
        checksFirst: Bool = false, lane: EntryLane? = nil, isInLane: Bool = false,
        sequences: SequenceMemory = SequenceMemory(), by deadline: ContinuousClock.Instant = .now,
        at time: ReadTime = .ofTransaction
    ) {
        self.client = client
        self.session = session
        self.database = database
        self.layouts = layouts
        self.checksFirst = checksFirst
        self.lane = lane
        self.isInLane = isInLane
        self.sequences = sequences
        self.deadline = deadline
        self.time = time
    }

    /// Runs a command in the transaction.
    /// - Parameter matters: whether the transaction must not begin anew behind it.
    @discardableResult
    func run(_ kind: Client.Kind, _ command: BSONDocument, matters: Bool = true) throws -> ServerReply {
        if let failure { throw failure.storeError }
        let reply: ServerReply
        do throws(MongoDBError) {
            if isOver {
                session?.abort()
                try session?.begin()
                isOver = false
            }
            reply = try client.run(kind, time.applied(to: command), on: database, in: session)
            if matters { hasBegun = true }
        } catch {
            failure = error
            throw error.storeError
        }
        time = try time.settled(by: reply)
        return reply
    }

    /// Runs the transaction's first command, which a unique index may refuse. The server has ended the transaction
    /// then; nothing was done in it, so that it can go on as a new one.
    /// - Returns: which index has refused it, if one has.
    func tryFirst(_ command: BSONDocument, on layout: CollectionLayout) throws -> FieldPath? {
        let wasFirst = !hasBegun && session != nil
        do {
            try run(.write, command)
            return nil
        } catch {
            guard wasFirst, let failure, let path = layout.uniquePath(of: failure) else { throw error }
            self.failure = nil
            isOver = true
            allotments = [:]
            return path
        }
    }

    func afterCommit(_ body: @escaping @Sendable () -> Void) { hooks.append(body) }

    /// Whether there is anything to commit.
    var isOpen: Bool { !isOver }

    /// Ends the transaction from within: its numbers were not what they were thought to be.
    func fail(_ error: MongoDBError) throws -> Never {
        failure = error
        throw error.storeError
    }

    func find(
        in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) throws {
        let layout = try layouts.layout(of: collection)
        try findStored(in: layout, query) { document in
            let position = try self.write(document, layout)
            let bytes = text.bytes
            return try visit(position, bytes.span)
        }
    }

    /// Visits documents as they are stored.
    func findStored(in layout: CollectionLayout, _ query: Query, visit: (BSONReader) throws -> Visit) throws {
        if let limit = query.limit, limit <= 0 { return }
        try visitCursor(of: try Self.command(query, on: layout, batchSize: Self.batchSize), on: layout.name, visit)
    }

    /// Runs a command that answers with a cursor, and visits what that brings.
    func visitCursor(of command: BSONDocument, on name: String, _ visit: (BSONReader) throws -> Visit) throws {
        var reply = try run(.read, command)
        var field = "firstBatch"
        while true {
            let (cursor, isStopped) = try Self.visitBatch(field, of: reply, visit)
            if cursor == 0 { return }
            if isStopped {
                try run(.read, ["killCursors": .string(name), "cursors": .array([.int64(cursor)])])
                return
            }
            field = "nextBatch"
            reply = try run(
                .read, ["getMore": .int64(cursor), "collection": .string(name), "batchSize": .int32(Self.batchSize)])
        }
    }

    /// - Returns: the cursor, 0 if it is at its end; and whether no more documents are wanted.
    private static func visitBatch(
        _ field: String, of reply: ServerReply, _ visit: (BSONReader) throws -> Visit
    ) throws -> (cursor: Int64, isStopped: Bool) {
        try reply.read { reply in
            guard let cursor = try reply["cursor"]?.document, let id = try cursor["id"]?.integer else {
                throw BSONReader.damaged
            }
            var isStopped = false
            try cursor[field]?.document?.forEach { element in
                guard let document = try element.document else { throw BSONReader.damaged }
                isStopped = try visit(document) == .stop
                return !isStopped
            }
            return (id, isStopped)
        }
    }

    /// Writes a document's text into the buffer and returns its position.
    private func write(_ document: BSONReader, _ layout: CollectionLayout) throws -> Position {
        guard let id = try document["_id"]?.objectID else {
            throw StoreError.corrupt("a document of \(layout.name) has an _id that is no ObjectId")
        }
        try text.write(document, as: layout.form)
        return id.position
    }

    /// A document's text as it is served; it needs no `_id`.
    func text(of document: BSONReader, _ layout: CollectionLayout) throws -> [UInt8] {
        try text.write(document, as: layout.form)
        return text.bytes
    }

    func document(_ reader: BSONReader, _ layout: CollectionLayout) throws -> Document {
        let position = try write(reader, layout)
        return Document(position: position, bytes: text.bytes)
    }

    func count(in collection: Collection, where filter: Filter) throws -> Int {
        let layout = try layouts.layout(of: collection)
        let reply = try run(
            .read,
            [
                "aggregate": .string(layout.name),
                "pipeline": [["$match": .document(try FilterBSON.query(filter, on: layout))], ["$count": "n"]],
                "cursor": [:],
            ])
        return try reply.read { reply in
            var count = 0
            try reply["cursor"]?.document?["firstBatch"]?.document?.forEach { row in
                count = Int(try row.document?["n"]?.integer ?? 0)
                return false
            }
            return count
        }
    }

    static func command(
        _ query: Query, on layout: CollectionLayout, batchSize: Int32
    ) throws(StoreError) -> BSONDocument {
        var command: BSONDocument = [
            "find": .string(layout.name),
            "filter": .document(try FilterBSON.query(query.filter, on: layout, try query.place)),
            "sort": .document(try query.sort),
        ]
        if query.showsLastElementsOnly, let growing = layout.spec.growing {
            command.append("projection", .document(growing.lastElements))
        }
        if let limit = query.limit {
            command.append("limit", .int64(Int64(limit)))
            if limit == 1 { command.append("singleBatch", true) }
        }
        command.append("batchSize", .int32(query.limit.map { Int32(clamping: min($0, Int(batchSize))) } ?? batchSize))
        return command
    }
}
