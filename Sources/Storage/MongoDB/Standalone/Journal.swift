import Kernel

/// Write sets on a server without transactions.
///
/// A set of several documents is first written down as one document, then applied, then the note is removed: a crash
/// at any moment leaves either nothing or a note by which the next boot finishes the work. Every step can be repeated
/// without doing more. Inserts come first and deletes last, so that a reader never sees a document vanish that moves
/// from one collection to another.
struct Journal {
    static let collection = "job-service.journal"
    /// The field that marks a document as changed by a note; it is there only while the note is.
    static let mark = "_write"

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
        switch steps.count {
        case 0: return
        case 1: try atOnce { try apply(steps[0], note: nil) }
        default:
            let note = ObjectID.random
            let list = BSONValue.array(steps.map { .document($0.document) })
            try run(["insert": .string(Self.collection), "documents": [["_id": .objectID(note), "steps": list]]])
            do {
                try atOnce { try apply(steps[0], note: note) }
            } catch let error as DuplicateAtOnce {
                try remove(note)
                throw error
            }
            try finish(note, steps)
        }
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
            .read, ["find": .string(Self.collection), "sort": ["_id": 1], "batchSize": 1000, "singleBatch": true],
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
        for (note, steps) in notes { try finish(note, steps) }
        return notes.count
    }

    private func finish(_ note: ObjectID, _ steps: [JournalStep]) throws {
        for step in steps {
            do {
                try apply(step, note: note)
            } catch let error as MongoDBError where error.isDuplicateKey {
                // Another process has taken the key meanwhile; its document stays.
                log.error("a write of several documents is incomplete: \(error)")
            }
        }
        try remove(note)
        for step in steps where step.kind == .update {
            var mark = BSONDocument()
            mark.append(Self.mark, .objectID(note))
            try run([
                "update": .string(step.collection),
                "updates": [["q": .document(mark), "u": ["$unset": .document(mark)]]],
            ])
        }
    }

    private func remove(_ note: ObjectID) throws {
        try run(["delete": .string(Self.collection), "deletes": [["q": ["_id": .objectID(note)], "limit": 1]]])
    }

    private func run(_ command: BSONDocument) throws {
        try onStep()
        try client.run(.write, command, on: database, in: session)
    }

    private func apply(_ step: JournalStep, note: ObjectID?) throws {
        let isThis: BSONDocument = ["_id": .objectID(step.id)]
        switch step.kind {
        case .insert:
            do {
                try run(["insert": .string(step.collection), "documents": [.document(step.body)]])
            } catch let error as MongoDBError {
                // It is there already.
                guard error.code == ErrorCode.duplicateKey, error.duplicateField == "_id" else { throw error }
            }
        case .update:
            var query = isThis
            var update = step.body
            if let note {
                query.append(Self.mark, ["$ne": .objectID(note)])
                update = try update.alsoSetting(Self.mark, .objectID(note))
            }
            try run([
                "update": .string(step.collection), "updates": [["q": .document(query), "u": .document(update)]],
            ])
        case .replace:
            try run([
                "update": .string(step.collection), "updates": [["q": .document(isThis), "u": .document(step.body)]],
            ])
        case .delete:
            try run(["delete": .string(step.collection), "deletes": [["q": .document(isThis), "limit": 1]]])
        }
    }

    private func steps(_ set: WriteSet) throws -> [JournalStep] {
        var steps: [JournalStep] = []
        for key in set.order {
            let name = layouts[key.ordinal].name
            switch set.fates[key] {
            case .inserted(let document):
                let body = try BSONDocument(id: key.id, parsing: document.bytes)
                steps.append(JournalStep(kind: .insert, collection: name, id: key.id, body: body))
            case .updated(let changes, _):
                let body = try ChangeBSON.update(changes)
                steps.append(JournalStep(kind: .update, collection: name, id: key.id, body: body))
            case .replaced(let document):
                let body = try BSONDocument(id: nil, parsing: document.bytes)
                steps.append(JournalStep(kind: .replace, collection: name, id: key.id, body: body))
            case .deleted:
                steps.append(JournalStep(kind: .delete, collection: name, id: key.id, body: BSONDocument()))
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
