import Kernel

/// Removes the events that are no longer kept, the oldest first, in steps that hold nobody up. The newest one stays
/// whatever its age: its number is where the next one goes on. So does the newest of those that are too old: whoever has
/// come that far has missed nothing, and is to find the place.
struct Retention: Sendable {
    let log: EventLog
    let age: Duration
    let count: Int
    let removed: Counter

    /// Events of one transaction.
    static let stepSize = 500
    /// What is so young is not removed for there being too many: followers and webhooks are to have a chance, and an
    /// instance that has been asleep must not give a number out again.
    static let minimumAge = Duration.seconds(60)

    func run() async throws {
        while try await step() { try Task.checkCancellation() }
    }

    /// - Returns: whether there may be more.
    func step(at now: Timestamp = .now) async throws -> Bool {
        let last = try await log.store.read { [log] transaction in
            try log.last(in: transaction).flatMap { try log.event($0.sequence, in: transaction) }
        }
        guard let last else { return false }
        let (tooOld, oldEnough) = (now - age, now - Self.minimumAge)
        let isLastOld = last.time.map { $0 < tooOld } ?? false
        let oldest = try await log.page(after: 0, limit: Self.stepSize)
        let next = try await log.page(after: oldest.last?.sequence ?? 0, limit: 1)
        var (byCount, byAge, newestOld): (UInt64?, UInt64?, UInt64?)
        var number = 0
        for event in oldest + next where event.sequence < last.sequence {
            guard let time = event.time else { break }
            let isTooMany = last.sequence - event.sequence >= UInt64(count) && time <= oldEnough
            guard time < tooOld || isTooMany else { break }
            if isTooMany { byCount = event.sequence }
            if time < tooOld { (byAge, newestOld) = (isLastOld ? event.sequence : newestOld, event.sequence) }
            number += 1
        }
        guard let end = [byCount, byAge].compactMap({ $0 }).max() else { return false }
        let gone = try await log.store.write { transaction in
            try transaction.delete(
                in: log.collection, where: .atMost(.sequence, .string(EventCursor.text(of: end))))
        }
        removed.add(gone)
        return number >= oldest.count && number > 0
    }
}
