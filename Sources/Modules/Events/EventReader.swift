import Kernel

/// Reads on from one place in the history, out of what is at hand or from the store.
struct EventReader: Sendable {
    private let log: EventLog
    private let tail: EventTail
    /// Behind which event it is.
    private(set) var cursor: EventCursor
    /// Whether the first events may be missing, since no particular ones were asked for.
    private var mayJump: Bool
    /// Whether it has not been at the end of the history yet. What others commit to a shared store is at hand a little
    /// later only, and nobody may be told that there is nothing new before it has been looked up.
    private var mustLook: Bool

    /// - Throws: `HTTPError` 410 if what comes behind the place cannot be told any more.
    init(at place: EventLog.Place, of log: EventLog, _ tail: EventTail) async throws {
        self.log = log
        self.tail = tail
        cursor = try await log.cursor(at: place)
        mayJump = place == .start
        mustLook = log.store.isShared
    }

    /// The next events, none if there are none yet.
    /// - Parameter bytes: behind how many of them it is enough, where they are read from the store.
    /// - Throws: `HTTPError` 410 if they were removed meanwhile.
    mutating func next(
        _ limit: Int = EventLog.pageCount, bytes: Int = EventLog.pageBytes
    ) async throws -> [EventTail.Entry] {
        if !mustLook, let entries = tail.entries(after: cursor.sequence, limit: limit) {
            move(to: entries)
            return entries
        }
        let page = try await log.page(after: cursor.sequence, limit: limit, bytes: bytes)
        if let first = page.first, first.sequence != cursor.sequence + 1, !mayJump {
            throw HTTPError.pruned(first)
        }
        if page.isEmpty {
            tail.didReach(cursor.sequence)
            mustLook = false
        } else if mustLook, tail.end != nil {
            // Nobody else has to look for these again.
            tail.offer(page)
        }
        let entries = page.map(EventTail.Entry.init)
        move(to: entries)
        return entries
    }

    /// Goes on behind an event of the last ones, as if those behind it had not been read.
    mutating func goBack(to event: Event) {
        cursor = event.cursor
    }

    private mutating func move(to entries: [EventTail.Entry]) {
        guard let last = entries.last else { return }
        cursor = last.event.cursor
        mayJump = false
    }
}
