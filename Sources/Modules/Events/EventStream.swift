import Kernel

/// One stream of events, for as long as its client follows.
struct EventStream: Sendable {
    let query: EventQuery
    let tail: EventTail

    /// How often a client that gets nothing, because nothing matches, is told how far the history is.
    private static let bookmarkPause = Duration.seconds(1)

    /// So much is sent at once, and no more is read from the store for it: a client that does not read holds that.
    private static let pieceBytes = 64 << 10

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
            let entries = try await reader.next(bytes: Self.pieceBytes)
            if let last = try await send(entries, writer) { (told, toldAt) = (last, .now) }
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

extension EventStream {
    /// Sends those that match, a piece after the other.
    /// - Returns: the cursor of the last one that was sent.
    private func send(_ entries: [EventTail.Entry], _ writer: EventWriter) async throws -> EventCursor? {
        var (piece, bytes): ([ServerSentEvent], Int) = ([], 0)
        var last: EventCursor?
        for entry in entries where query.matches(entry.event) {
            if bytes + entry.event.bytes.count > Self.pieceBytes, !piece.isEmpty {
                try await writer.send(piece)
                (piece, bytes) = ([], 0)
            }
            piece.append(entry.frame)
            bytes += entry.event.bytes.count
            last = entry.event.cursor
        }
        if !piece.isEmpty { try await writer.send(piece) }
        return last
    }
}

extension EventCursor {
    /// Whether it is one that a client may name.
    var isNamed: Bool { tag != 0 || self == .origin }
}
