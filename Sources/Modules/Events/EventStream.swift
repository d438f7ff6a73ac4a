import Kernel

/// One stream of events, for as long as its client follows.
struct EventStream: Sendable {
    let query: EventQuery
    let tail: EventTail

    /// How often a client that gets nothing, because nothing matches, is told how far the history is.
    private static let bookmarkPause = Duration.seconds(1)

    func follow(_ start: EventReader, _ writer: EventWriter) async throws {
        var reader = start
        // Clients do not all come back at once when the service begins anew. Said at the beginning, since nothing can be
        // said to a client that is about to be left. The first cursor is good for coming back before the first event.
        let retry = Duration.milliseconds(Int64.random(in: 1000...5000))
        try await writer.send(.settings(id: reader.cursor.isNamed ? reader.cursor.description : nil, retry: retry))
        var told = reader.cursor
        var toldAt = ContinuousClock.now
        while true {
            let seen = tail.news.count
            let entries = try await reader.next()
            let frames = entries.filter { query.matches($0.event) }
            if let last = frames.last {
                try await writer.send(frames.map(\.frame))
                (told, toldAt) = (last.event.cursor, .now)
            }
            if !entries.isEmpty { continue }
            if told == reader.cursor {
                _ = try await tail.news.wait(after: seen)
            } else if ContinuousClock.now - toldAt >= Self.bookmarkPause {
                try await writer.send(.settings(id: reader.cursor.description))
                (told, toldAt) = (reader.cursor, .now)
            } else {
                _ = try await tail.news.wait(after: seen, atMost: Self.bookmarkPause)
            }
        }
    }
}

extension EventCursor {
    /// Whether it is one that a client may name.
    var isNamed: Bool { tag != 0 || self == .origin }
}
