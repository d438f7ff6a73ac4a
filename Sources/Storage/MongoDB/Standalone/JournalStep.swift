import Kernel

/// One document's part of a write set.
struct JournalStep {
    enum Kind: String {
        case insert, update, replace, delete

        var rank: Int { self == .insert ? 0 : self == .delete ? 2 : 1 }
    }

    let kind: Kind
    let collection: String
    let id: ObjectID
    let body: BSONDocument
}

extension JournalStep {
    var document: BSONDocument {
        [
            "kind": .string(kind.rawValue), "collection": .string(collection), "id": .objectID(id),
            // As bytes: names in updates begin with '$', which stored documents should not have.
            "body": .binary(body.bytes),
        ]
    }

    init(_ reader: BSONReader) throws {
        guard let kind = try reader["kind"]?.string.flatMap(Kind.init),
            let collection = try reader["collection"]?.string,
            let id = try reader["id"]?.objectID, let body = try reader["body"]?.binary
        else { throw BSONReader.damaged }
        self.init(kind: kind, collection: collection, id: id, body: try BSONDocument(checking: body))
    }
}

extension JournalStep: Sized {
    var size: Int { body.size }

    /// What takes an insert back.
    var undone: JournalStep { JournalStep(kind: .delete, collection: collection, id: id, body: BSONDocument()) }
}

extension [JournalStep] {
    /// The steps in their order, in parts of one kind and collection that go in one command each.
    var parts: [ArraySlice<JournalStep>] {
        var runs: [[JournalStep]] = []
        for step in self {
            if let last = runs.last?.last, last.kind == step.kind, last.collection == step.collection {
                runs[runs.count - 1].append(step)
            } else {
                runs.append([step])
            }
        }
        return runs.flatMap(\.commandParts)
    }

    /// Deletes come first in collections where a document is inserted and one is deleted: it may take its key.
    func makingRoom() -> [JournalStep] {
        let inserted = Set(filter { $0.kind == .insert }.map(\.collection))
        let first = filter { $0.kind == .delete && inserted.contains($0.collection) }
        return first + filter { !($0.kind == .delete && inserted.contains($0.collection)) }
    }
}
