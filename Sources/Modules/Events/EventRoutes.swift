import Kernel

/// `GET /events`
struct GetEvents: Sendable {
    let log: EventLog
    let tail: EventTail
    let catalogue: EventCatalogue
    let mostFollowers: Int
    let refused: Counter

    /// How many events one request for a list looks at; `next` leads on from there.
    private static let mostLooks = 8

    func respond(to request: Request, _ given: EventQuery.Given) async throws -> Response {
        let form = try EventForm(accepted: request.headers.values(of: "Accept"))
        let query = try EventQuery(given, lastEventID: request.lastEventID, catalogue)
        guard form != .stream else { return try await stream(query) }
        let follower = query.wait > .zero ? try join() : nil
        defer { withExtendedLifetime(follower) {} }
        var reader = try await EventReader(at: query.place ?? .start, of: log, tail)
        let end = ContinuousClock.now + query.wait
        while true {
            let seen = tail.news.count
            let (found, isAtEnd) = try await list(query, &reader)
            let rest = end - .now
            // A client that is to look on asks again at once: its next cursor leads there.
            guard found.isEmpty, isAtEnd, follower != nil, rest > .zero, !tail.isEnding else {
                return response(found, reader.cursor, form, request)
            }
            _ = try await tail.news.wait(after: seen, atMost: rest)
        }
    }

    /// The next events that match, up to the limit, of those that one request looks at.
    /// - Returns: those, and whether there was nothing behind them to look at.
    private func list(
        _ query: EventQuery, _ reader: inout EventReader
    ) async throws -> (found: [Event], isAtEnd: Bool) {
        var found: [Event] = []
        var bytes = 0
        for _ in 0..<Self.mostLooks {
            let entries = try await reader.next()
            if entries.isEmpty { return (found, true) }
            for entry in entries where query.matches(entry.event) {
                found.append(entry.event)
                bytes += entry.event.bytes.count
                if found.count >= query.limit || bytes >= EventLog.pageBytes {
                    // The cursor is that of the last one looked at.
                    reader.goBack(to: entry.event)
                    return (found, false)
                }
            }
        }
        return (found, false)
    }

    private func response(_ events: [Event], _ next: EventCursor, _ form: EventForm, _ request: Request) -> Response {
        var bytes = Array((form == .json ? #"{"events":["# : "[").utf8)
        for (index, event) in events.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += event.bytes
        }
        bytes.append(UInt8(ascii: "]"))
        if form == .json { bytes += #","next":"\#(next)"}"#.utf8 }
        var response = Response(contentType: form.contentType, body: .bytes(bytes))
        let rest = request.query.filter { !$0.name.isExactly("after") }
        let items = rest + [QueryItem("after", next.description)]
        response.headers.add("Link", "<\(PercentEncoding.target("", items))>; rel=\"next\"")
        response.headers.add("Cache-Control", "no-store")
        response.headers.add("Vary", "Accept")
        return response
    }

    private func join() throws(HTTPError) -> EventTail.Follower {
        if let follower = tail.join(atMost: mostFollowers) { return follower }
        refused.add()
        throw HTTPError(
            .serviceUnavailable, code: "events.too-many-followers",
            message: "\(mostFollowers) follow already, which is as many as modules.events.followers admits; try again",
            retryAfter: 30)
    }

    private func stream(_ query: EventQuery) async throws -> Response {
        let follower = try join()
        let reader = try await EventReader(at: query.place ?? .now, of: log, tail)
        var headers = Headers()
        headers.add("Vary", "Accept")
        return .events(headers: headers) { writer in
            defer { withExtendedLifetime(follower) {} }
            do {
                try await EventStream(query: query, tail: tail).follow(reader, writer)
            } catch let error as HTTPError where error.status == .gone {
                // The client comes back with its cursor, and is told then.
                return
            }
        }
    }
}

/// What a client wants to have.
enum EventForm: Sendable {
    case json
    case batch
    case stream

    var contentType: ContentType {
        switch self {
        case .json: .json
        case .batch: "application/cloudevents-batch+json"
        case .stream: .eventStream
        }
    }

    private static let all: [(form: EventForm, type: String)] = [
        (.json, "application/json"), (.batch, "application/cloudevents-batch+json"), (.stream, "text/event-stream"),
    ]

    /// The form that the client likes best (RFC 9110 section 12.5.1), JSON if it does not say.
    /// - Throws: `HTTPError` 406 if it takes none of them.
    init(accepted fields: [String]) throws(HTTPError) {
        let ranges = fields.flatMap { $0.split(separator: ",") }.map { MediaRange(String($0)) }
        guard !ranges.isEmpty else {
            self = .json
            return
        }
        let rated = Self.all.map { candidate in
            (candidate.form, ranges.filter { $0.covers(candidate.type) }.max { $0.weight < $1.weight }?.quality ?? 0)
        }
        guard let best = rated.map(\.1).max(), best > 0, let chosen = rated.first(where: { $0.1 == best })?.0 else {
            let known = Self.all.map(\.type).joined(separator: ", ")
            throw HTTPError(
                .notAcceptable, code: "events.not-acceptable", message: "Accept takes none of what there is: \(known)")
        }
        self = chosen
    }
}

/// An element of `Accept`.
private struct MediaRange {
    let type: String
    let quality: Double

    init(_ text: String) {
        let parts = text.split(separator: ";").map { String($0).trimmed.lowercased() }
        type = parts.first ?? ""
        let quality = parts.dropFirst().first { $0.utf8.starts(with: "q=".utf8) }.map { Double($0.dropFirst(2)) ?? 0 }
        self.quality = quality ?? 1
    }

    func covers(_ other: String) -> Bool {
        if type == "*/*" || type == other { return true }
        return type.hasSuffix("/*") && other.hasPrefix(type.dropLast())
    }

    /// The more exact, the heavier.
    var weight: Int { type == "*/*" ? 0 : type.hasSuffix("/*") ? 1 : 2 }
}

extension String {
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
