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

    /// The answer if it can be given without waiting: if the list is short and the store at hand.
    public func responseAtOnce(_ start: DocumentListReader) throws -> Response? {
        guard let (reader, bytes) = try store.readAtOnce({ try start.step(in: $0) }), reader.isAtEnd else { return nil }
        return Response(body: .bytes(bytes))
    }

    public func response(_ start: DocumentListReader) async throws -> Response {
        let (reader, bytes) = try await start.step(in: store)
        if reader.isAtEnd { return Response(body: .bytes(bytes)) }
        // Too long for one step: begin again on a snapshot, and go on from there as the client reads.
        let snapshot = try await store.snapshot()
        let pipe = ListPipe(reading: snapshot)
        return Response(
            body: .list { writer in
                try await withThrowingTaskGroup { group in
                    group.addTask(executorPreference: ThreadExecutor.longLists) { await Self.read(start, into: pipe) }
                    // However the writing ends, the reading must not wait for it.
                    defer { pipe.finish(.success(())) }
                    while let piece = try await pipe.next() { try await writer.write(piece) }
                }
            })
    }

    /// One document. What is larger than a piece of a list usually is waits for its client in a spool and not in
    /// memory, however slowly that reads.
    /// - Throws: `StoreError.unavailable` if there is no room in the spool.
    public func response(_ document: [UInt8]) async throws -> Response {
        guard Self.isLarge(document), let spool = store.waitingRoom?.makeSpool() else {
            return Response(body: .bytes(document))
        }
        try await withTaskExecutorPreference(ThreadExecutor.longLists) { try spool.append(document) }
        return Response(
            body: .list { writer in
                while !spool.isEmpty {
                    let piece = try await withTaskExecutorPreference(ThreadExecutor.longLists) {
                        try spool.next(ListPipe.pieceBytes)
                    }
                    try await writer.write(piece)
                }
            })
    }

    /// The same without waiting.
    /// - Returns: nil for a document that may have to wait in a spool.
    public func responseAtOnce(_ document: [UInt8]) -> Response? {
        Self.isLarge(document) ? nil : Response(body: .bytes(document))
    }

    /// Whether a document may have to wait in a spool.
    public static func isLarge(_ document: [UInt8]) -> Bool { document.count > ListPipe.largestInMemory }

    /// Reads to the end, as fast as the pipe takes it, and gives the snapshot back. A list that cannot be read to its
    /// end ends with an error, and never as if it were whole.
    private static func read(_ start: DocumentListReader, into pipe: ListPipe) async {
        do {
            if let snapshot = pipe.takeSnapshot() {
                var reader = start
                while !reader.isAtEnd {
                    let bytes: [UInt8]
                    (reader, bytes) = try await reader.step(in: snapshot)
                    try await pipe.put(consume bytes)
                    await Task.yield()
                }
            }
            pipe.finish(.success(()))
        } catch {
            pipe.finish(.failure(error))
        }
    }
}
