import Kernel

/// Lists jobs as a bare array: those in progress first, then completed ones; or the newest first.
public struct JobList: Sendable {
    let store: any DocumentStore
    let collections: JobCollections
    /// How jobs look.
    public let form: JobForm

    /// The shape of the user who posted a job, for those who quote it.
    public static var userSchema: JSONSchema { JobSchemas.user }

    /// Every job whose target it is, and every job that releases a new version in which it has a share.
    /// - Parameters:
    ///   - name: the target's.
    ///   - part: only jobs of that part of the register; nil for all.
    public func response(forTarget name: String, in part: String? = nil) async throws -> Response {
        var filter = Filter.or([.equal(.target, .string(name)), .contains(.manifestNames, .string(name))])
        if let part, let partition = form.partition { filter = .and([filter, partition.holds(part)]) }
        return try await DocumentList(in: store).response(parts(of: collections.inOrder, filter))
    }

    /// - Parameters:
    ///   - request: the one that asks, for the link to the next page.
    ///   - isInPart: what jobs of the part have in common that the request's path names.
    func response(to query: JobQuery, of request: Request, where isInPart: Filter? = nil) async throws -> Response {
        guard let reader = reader(of: query, isInPart) else { return Response(body: .fixed("[]")) }
        guard let limit = query.limit else { return try await DocumentList(in: store).response(reader) }
        return try await page(reader, limit, query.order, of: request)
    }

    /// The same without waiting.
    /// - Returns: nil for a list that is long, and for a page.
    func responseAtOnce(to query: JobQuery, of request: Request) throws -> Response? {
        guard query.limit == nil else { return nil }
        guard let reader = reader(of: query, nil) else { return Response(body: .fixed("[]")) }
        return try DocumentList(in: store).responseAtOnce(reader)
    }

    /// Reads what the query asks for; nil if nothing can match.
    private func reader(of query: JobQuery, _ isInPart: Filter?) -> DocumentListReader? {
        guard let filter = query.filter(isInPart) else { return nil }
        // Both are parts of the list always, so that cursors of all queries agree; one that can have nothing is empty.
        let parts = zip(collections.inOrder, [query.wantsInProgress, query.wantsCompleted]).map {
            DocumentListReader.Part($0, Query($1 ? filter : .or([])), served: form.served)
        }
        var reader =
            query.order == .newest ? DocumentListReader(parts, latestBy: .createdAt) : DocumentListReader(parts)
        if let after = query.after { reader.skip(to: after.place) }
        return reader
    }

    private func parts(of collections: [Collection], _ filter: Filter) -> [DocumentListReader.Part] {
        collections.map { DocumentListReader.Part($0, Query(filter), served: form.served) }
    }

    /// A page ends when it has that many bytes, whatever limit was asked for: it is held in memory.
    private static let pageBytes = 1 << 20

    /// A page is read whole, since its link, which comes first, tells where it ends.
    private func page(
        _ start: DocumentListReader, _ limit: Int, _ order: JobQuery.Order, of request: Request
    ) async throws -> Response {
        var start = start
        start.remaining = limit
        var (reader, body) = try await start.step(in: store)
        if !reader.isAtEnd {
            // Too long for one step: begin again on a snapshot.
            let snapshot = try await store.snapshot()
            (reader, body) = (start, [])
            while !reader.isAtEnd {
                let (next, bytes) = try await reader.step(in: snapshot)
                reader = next
                body += bytes
                // A page of long jobs ends early: its link goes on from there all the same.
                if body.count >= Self.pageBytes { reader.remaining = 0 }
                await Task.yield()
            }
        }
        var response = Response(body: .bytes(body))
        if let next = reader.next {
            let link = link(to: JobCursor(next, order), of: request)
            response.headers.add("Link", link)
            // A page that gets a next one has changed, even if the same jobs are on it.
            response.entityTag = EntityTag(of: body + link.utf8)
        }
        return response
    }

    /// The link to the next page (RFC 8288): this query with another cursor. It is relative to the request's own target,
    /// so that it holds behind a proxy that serves this service under a prefix.
    private func link(to next: JobCursor, of request: Request) -> String {
        let items = request.query.filter { $0.name != "after" } + [QueryItem("after", next.description)]
        return "<\(PercentEncoding.target("", items))>; rel=\"next\""
    }
}
