import Kernel

/// Write sets on a server without transactions.
///
/// A set of several documents is first written down as one document, then applied, then the note is removed: a crash
/// at any moment leaves either nothing or a note by which the next boot finishes the work. Every step can be repeated
/// without doing more. Inserts come first and deletes last, so that a reader never sees a document vanish that moves
/// from one collection to another.
struct Journal {

    let client: Client
    let session: Session?
    let database: String
    let layouts: [CollectionLayout]
    let log: Logger
    /// Called before each step; tests let the process "crash" there.
    var onStep: @Sendable () throws -> Void = {}

    /// Writes a set.
    /// - Throws: `DuplicateAtOnce` for a duplicate key before anything is applied. Whatever else is thrown may leave
    ///   the note, and `redo` finishes it.
    func write(_ set: WriteSet) throws {
        let steps = try self.steps(set)
        let parts = steps.parts
        guard let first = parts.first else { return }
        if steps.count == 1 { return try atOnce { try apply(first, note: nil) } }
        let note = ObjectID.random
        let list = BSONValue.array(steps.map { .document($0.document) })
        try run(["insert": .string(client.own.journal), "documents": [["_id": .objectID(note), "steps": list]]])
        do {
            try atOnce { try apply(first, note: note) }
        } catch let error as DuplicateAtOnce {
            // Those before the one that was refused.
            if first.count > 1 { try apply(first.map(\.undone)[...], note: note) }
            try remove(note)
            throw error
        }
        try finish(note, parts.dropFirst())
    }

    private func atOnce(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as MongoDBError where error.isDuplicateKey {
            throw DuplicateAtOnce(error: error)
        }
    }

    /// Finishes what notes say.
    /// - Returns: how many there were.
    func redo() throws -> Int {
        let reply = try client.run(
            .read, ["find": .string(client.own.journal), "sort": ["_id": 1], "batchSize": 1000, "singleBatch": true],
            on: database, in: session)
        let notes = try reply.read { reply in
            var notes: [(ObjectID, [JournalStep])] = []
            try reply["cursor"]?.document?["firstBatch"]?.document?.forEach { element in
                guard let note = try element.document, let id = try note["_id"]?.objectID else { return true }
                var steps: [JournalStep] = []
                try note["steps"]?.document?.forEach { step in
                    if let document = try step.document { steps.append(try JournalStep(document)) }
                    return true
                }
                notes.append((id, steps))
                return true
            }
            return notes
        }
        for (note, steps) in notes { try finish(note, steps.parts[...]) }
        return notes.count
    }

    private func finish(_ note: ObjectID, _ parts: ArraySlice<ArraySlice<JournalStep>>) throws {
        for part in parts {
            do {
                try apply(part, note: note)
            } catch let error as MongoDBError where error.isDuplicateKey {
                // Another process has taken the key meanwhile; its document stays.
                log.error("a write of several documents is incomplete: \(error)")
            }
        }
        try remove(note)
        for part in parts where part.first?.kind == .update {
            let mark = BSONDocument(UnservedField.note, .objectID(note))
            try update(part) { step in
                (["_id": .objectID(step.id), UnservedField.note: .objectID(note)], ["$unset": .document(mark)])
            }
        }
    }

    private func remove(_ note: ObjectID) throws {
        try run(["delete": .string(client.own.journal), "deletes": [["q": ["_id": .objectID(note)], "limit": 1]]])
    }

    private func run(_ command: BSONDocument) throws {
        try onStep()
        try client.run(.write, command, on: database, in: session)
    }

    /// Applies steps of one kind to one collection.
    private func apply(_ steps: ArraySlice<JournalStep>, note: ObjectID?) throws {
        guard let first = steps.first else { return }
        switch first.kind {
        case .insert:
            do {
                let documents = steps.map { BSONValue.document($0.body) }
                try run(["insert": .string(first.collection), "documents": .array(documents)])
            } catch let error as MongoDBError {
                guard error.code == ErrorCode.duplicateKey, error.duplicateField == "_id" else { throw error }
                // It is there already; the others may be, too.
                for step in steps where steps.count > 1 { try apply([step], note: note) }
            }
        case .update:
            try update(steps) { step in
                guard let note else { return (["_id": .objectID(step.id)], step.body) }
                return (
                    ["_id": .objectID(step.id), UnservedField.note: ["$ne": .objectID(note)]],
                    try step.body.alsoSetting(BSONDocument(UnservedField.note, .objectID(note)))
                )
            }
        case .replace:
            try update(steps) { (["_id": .objectID($0.id)], $0.body) }
        case .delete:
            let deletes = steps.map { BSONValue.document(["q": ["_id": .objectID($0.id)], "limit": 1]) }
            try run(["delete": .string(first.collection), "deletes": .array(deletes)])
        }
    }

    private func update(
        _ steps: ArraySlice<JournalStep>,
        _ statement: (JournalStep) throws -> (query: BSONDocument, update: BSONDocument)
    ) throws {
        guard let collection = steps.first?.collection else { return }
        let updates = try steps.map { step -> BSONValue in
            let (query, update) = try statement(step)
            return ["q": .document(query), "u": .document(update)]
        }
        try run(["update": .string(collection), "updates": .array(updates)])
    }

    private func steps(_ set: WriteSet) throws -> [JournalStep] {
        var steps: [JournalStep] = []
        func add(_ kind: JournalStep.Kind, _ key: WriteSet.Key, _ body: BSONDocument) {
            steps.append(JournalStep(kind: kind, collection: layouts[key.ordinal].name, id: key.id, body: body))
        }
        for key in set.order {
            switch set.fates[key] {
            case .inserted(let document): add(.insert, key, BSONDocument(id: key.id, document))
            case .updated(let update, _): add(.update, key, update)
            case .replaced(let document): add(.replace, key, document)
            case .deleted: add(.delete, key, BSONDocument())
            case .gone, nil: break
            }
        }
        let ranked = steps.enumerated().sorted { ($0.element.kind.rank, $0.offset) < ($1.element.kind.rank, $1.offset) }
        return ranked.map(\.element).makingRoom()
    }
}

/// A key was taken already when a write began; nothing was applied.
struct DuplicateAtOnce: Error {
    let error: MongoDBError
}
