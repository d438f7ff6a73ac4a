import Kernel

/// Lists jobs as a bare array: those in progress first, then completed ones. A short list is read at once; a long one
/// is streamed from one snapshot of the store, so that a job that moves meanwhile appears exactly once, in memory
/// that does not depend on the list's length.
public struct JobList: Sendable {
    let store: any DocumentStore
    let collections: JobCollections

    /// Every job whose target it is, and every job that releases a new version in which it has a part.
    public func response(forTarget name: String) async throws -> Response {
        let filter = Filter.or([.equal(.target, .string(name)), .contains(.manifestNames, .string(name))])
        return try await response(JobListReader(collections.inOrder, filter))
    }

    func response(to query: JobQuery) async throws -> Response {
        guard let filter = query.filter else { return Response(body: .fixed("[]")) }
        let parts = query.ignoresCompleted ? [collections.inProgress] : collections.inOrder
        var reader = JobListReader(parts, filter)
        if let after = query.after { reader.skip(to: after) }
        guard let limit = query.limit else { return try await response(reader) }
        return try await page(reader, limit, of: query)
    }

    private func response(_ start: JobListReader) async throws -> Response {
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

    /// A page is read whole, since its link, which comes first, tells where it ends.
    private func page(_ start: JobListReader, _ limit: Int, of query: JobQuery) async throws -> Response {
        let snapshot = try await store.snapshot()
        var reader = start
        reader.remaining = limit
        var body: [UInt8] = []
        while !reader.isAtEnd {
            let (next, bytes) = try await reader.step(in: snapshot)
            reader = next
            body += bytes
            await Task.yield()
        }
        var response = Response(body: .bytes(body))
        if let next = reader.next { response.headers.add("Link", link(to: next, of: query)) }
        return response
    }

    /// The link to the next page (RFC 8288): this query with another cursor.
    private func link(to next: JobCursor, of query: JobQuery) -> String {
        let items = query.items.filter { $0.name != "after" } + [QueryItem("after", next.description)]
        return "<\(PercentEncoding.target("/jobs", items))>; rel=\"next\""
    }
}
