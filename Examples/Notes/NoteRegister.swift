import Kernel

/// Keeps the documents of this module.
struct NoteRegister: Sendable {
    let store: any DocumentStore
    let collection: Collection
    let events: NoteEvents?
    let removed: Counter
    let log: Logger

    static let spec = CollectionSpec(
        "notes", indexes: [.unique(.noteID), .lookup(.dataset)], instants: ["createdAt"])

    static let removals = MetricFamily(
        .counter, "notes_removed_total", "Notes removed since the start")

    /// All documents, or those of one dataset, in the order in which they were added.
    func list(dataset: String?) async throws -> Response {
        let filter = dataset.map { Filter.equal(.dataset, .string($0)) } ?? .all
        return try await DocumentList(in: store).response(collection, Query(filter))
    }

    /// - Throws: `HTTPError` 404.
    func find(_ id: String) async throws -> [UInt8] {
        let found = try await store.read { [collection] transaction in
            try transaction.first(in: collection, Query(.equal(.noteID, .string(id))))
        }
        guard let found else { throw HTTPError.noSuchNote(id) }
        return found.bytes
    }

    /// - Returns: the document as it is kept.
    func add(_ new: JSON, at instant: Timestamp, for request: Request) async throws -> [UInt8] {
        let document: JSON = [
            "noteId": .string(UUID().description), "dataset": new["dataset"], "text": new["text"],
            "createdAt": .string(instant.description),
        ]
        let bytes = document.bytes
        _ = try await store.write { [collection, events] transaction in
            try transaction.insert(bytes, into: collection)
            try events?.didAdd(document, for: request, in: transaction)
        }
        return bytes
    }

    /// - Throws: `HTTPError` 404.
    func remove(_ id: String) async throws {
        let count = try await store.write { [collection] in
            try $0.delete(in: collection, where: .equal(.noteID, .string(id)))
        }
        guard count > 0 else { throw HTTPError.noSuchNote(id) }
        removed.add()
        log.info("\(id) was removed")
    }
}

extension FieldPath {
    fileprivate static let noteID: FieldPath = "noteId"
    fileprivate static let dataset: FieldPath = "dataset"
}

extension HTTPError {
    fileprivate static func noSuchNote(_ id: String) -> HTTPError {
        HTTPError(.notFound, code: "notes.not-found", message: "Nothing has the id \(id.excerpt)")
    }
}
