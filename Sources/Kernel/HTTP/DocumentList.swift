/// Answers with stored documents as a bare JSON array. A short list is read at once; a long one is streamed from one
/// snapshot of the store, so that a document that moves meanwhile appears exactly once, in memory that does not
/// depend on the list's length.
public struct DocumentList: Sendable {
    private let store: any DocumentStore

    public init(in store: any DocumentStore) {
        self.store = store
    }

    /// Everything that `collection` has, or what `query` finds there.
    public func response(_ collection: Collection, _ query: Query = Query()) async throws -> Response {
        try await response([DocumentListReader.Part(collection, query)])
    }

    /// What several queries find, one behind the other.
    public func response(_ parts: [DocumentListReader.Part]) async throws -> Response {
        try await response(DocumentListReader(parts))
    }

    public func response(_ start: DocumentListReader) async throws -> Response {
        let (reader, bytes) = try await start.step(in: store)
        if reader.isAtEnd { return Response(body: .bytes(bytes)) }
        // Too long for one step: begin again on a snapshot, and go on from there as the client reads.
        let snapshot = try await store.snapshot()
        return Response(
            body: .stream { writer in
                var reader = start
                while !reader.isAtEnd {
                    let (next, bytes) = try await reader.step(in: snapshot)
                    reader = next
                    try await writer.write(bytes)
                }
            })
    }
}
