import Kernel

/// The events that are kept, in the order of their numbers.
struct EventLog: Sendable {
    let store: any DocumentStore
    let collection: Collection

    static let spec = CollectionSpec("events", indexes: [.unique(.sequence)])

    /// How many events, and about how many bytes, one look brings at most.
    static let pageCount = 256
    static let pageBytes = 1 << 20

    func last(in transaction: any ReadTransaction) throws -> EventCursor? {
        var last: EventCursor?
        try transaction.find(in: collection, Query(order: .reverseField(.sequence), limit: 1)) { _, document in
            last = try Event.cursor(stored: document)
            return .stop
        }
        return last
    }

    func oldest(in transaction: any ReadTransaction) throws -> Event? {
        try transaction.first(in: collection, Query(order: .field(.sequence))).map { try Event(stored: $0.bytes) }
    }

    func event(_ sequence: UInt64, in transaction: any ReadTransaction) throws -> Event? {
        let isIt = Filter.equal(.sequence, .string(EventCursor.text(of: sequence)))
        return try transaction.first(in: collection, Query(isIt)).map { try Event(stored: $0.bytes) }
    }

    /// The events behind a number, at least one if there is any.
    /// - Parameter bytes: behind how many of them a page ends.
    func page(
        after sequence: UInt64, limit: Int = pageCount, bytes most: Int = pageBytes, in transaction: any ReadTransaction
    ) throws -> [Event] {
        var events: [Event] = []
        var bytes = 0
        let isBehind = Filter.more(.sequence, .string(EventCursor.text(of: sequence)))
        let query = Query(isBehind, order: .field(.sequence), limit: min(limit, Self.pageCount))
        try transaction.find(in: collection, query) { _, document in
            let event = try Event(stored: document.withUnsafeBufferPointer { Array($0) })
            events.append(event)
            bytes += event.bytes.count
            return bytes < most ? .next : .stop
        }
        return events
    }

    func page(
        after sequence: UInt64, limit: Int = pageCount, bytes most: Int = pageBytes
    ) async throws -> [Event] {
        try await store.read { try page(after: sequence, limit: limit, bytes: most, in: $0) }
    }
}

// Where somebody may go on.
extension EventLog {
    /// What stands for a place in the history.
    enum Place: Sendable, Hashable {
        /// Behind the last event.
        case now
        /// Before the first event that is kept.
        case start
        case behind(EventCursor)
    }

    /// - Throws: `HTTPError` 410 if what comes behind the place cannot be told any more.
    func cursor(at place: Place) async throws -> EventCursor {
        try await store.read { transaction in
            switch place {
            case .now: return try last(in: transaction) ?? .origin
            case .start:
                guard let oldest = try oldest(in: transaction)?.sequence, oldest > 1 else { return .origin }
                return EventCursor(sequence: oldest - 1, tag: 0)
            case .behind(let cursor):
                try check(cursor, in: transaction)
                return cursor
            }
        }
    }

    private func check(_ cursor: EventCursor, in transaction: any ReadTransaction) throws {
        let oldest = try oldest(in: transaction)
        if cursor == .origin {
            guard oldest.map({ $0.sequence > 1 }) ?? false else { return }
            throw HTTPError.pruned(oldest)
        }
        if let event = try event(cursor.sequence, in: transaction) {
            guard event.cursor != cursor else { return }
            throw HTTPError.historyChanged(oldest)
        }
        guard let oldest, cursor.sequence < oldest.sequence else { throw HTTPError.historyChanged(oldest) }
        throw HTTPError.pruned(oldest)
    }
}

extension HTTPError {
    /// The events behind a cursor are no longer kept.
    static func pruned(_ oldest: Event?) -> HTTPError {
        gone("events.pruned", "The events behind this cursor are no longer kept", oldest)
    }

    /// This register has no such event: it is another one, or was restored from a backup.
    static func historyChanged(_ oldest: Event?) -> HTTPError {
        gone(
            "events.history-changed",
            "This register has no event of this cursor: it is another one, or was restored from a backup", oldest)
    }

    private static func gone(_ code: String, _ what: String, _ oldest: Event?) -> HTTPError {
        let remedy = "take a new cursor with after=now, read /jobs again, and follow from there"
        var error = HTTPError(.gone, code: code, message: "\(what); \(remedy)")
        error.details = [("resync", "/jobs")]
        if let oldest { error.details.append(("oldest", .string(oldest.cursor.description))) }
        return error
    }
}

extension FieldPath {
    static let sequence: FieldPath = "sequence"
}
