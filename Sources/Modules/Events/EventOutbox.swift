import Kernel

/// What the events module offers to others.
extension Capability<EventOutbox> {
    /// To record events of one's own, in the transaction that makes what they tell of.
    public static var eventOutbox: Self { Self("event outbox") }
}

/// Takes in what happens. An event is written by the very transaction that makes it so, under the number behind the last
/// one's: there are no gaps, the order is that of the commits, and what is rolled back never happened.
public final class EventOutbox: Sendable {
    private let log: EventLog
    private let catalogue: EventCatalogue
    private let tail: EventTail
    private let source: String
    private let recorded: Counter

    init(_ log: EventLog, _ catalogue: EventCatalogue, _ tail: EventTail, source: String, recorded: Counter) {
        self.log = log
        self.catalogue = catalogue
        self.tail = tail
        self.source = source
        self.recorded = recorded
    }

    /// Declares a kind of event, while modules register. It is described in `/asyncapi.json`.
    /// - Parameters:
    ///   - name: of the kind, without the prefix of this stack: `note.added`.
    ///   - summary: when it happens, in a sentence without its full stop.
    ///   - properties: what its data has beside who did it.
    public func declare(_ name: String, _ summary: String, _ properties: [JSONSchema.Property]) -> EventType {
        catalogue.declare(name, summary, EventType.data(properties))
    }

    /// Records what `transaction` has made happen.
    /// - Throws: `StoreError`; the transaction must be given up then.
    public func record(_ draft: EventDraft, in transaction: any WriteTransaction) throws {
        try record([draft], in: transaction)
    }

    /// Records several events, in their order.
    /// - Throws: `StoreError`; the transaction must be given up then.
    public func record(_ drafts: [EventDraft], in transaction: any WriteTransaction) throws {
        guard !drafts.isEmpty else { return }
        for _ in 1...Self.attempts {
            let events = try events(drafts, in: transaction)
            // The numbers are unique. Where others write at the same time, one of two transactions is run again.
            let outcomes = try transaction.insert(events.map(\.bytes), into: log.collection)
            let isTaken = outcomes.contains { if case .duplicateKey = $0 { true } else { false } }
            if isTaken {
                // Only on a server without transactions, where others see a document before its transaction is over.
                guard events.count == 1 else { break }
                continue
            }
            transaction.afterCommit { [tail, recorded] in
                recorded.add(events.count)
                tail.offer(events)
            }
            return
        }
        throw StoreError.unavailable(reason: "others record events at the same time", retryAfter: 1)
    }

    private static let attempts = 8

    private func events(_ drafts: [EventDraft], in transaction: any ReadTransaction) throws -> [Event] {
        let last = try log.last(in: transaction)?.sequence ?? 0
        let now = Timestamp.now
        return drafts.enumerated().map { index, draft in
            Event(draft, sequence: last + 1 + UInt64(index), source: source, at: now)
        }
    }
}
