import Kernel
import KernelTesting
import Testing

@testable import Events
@testable import StorageMongoDB

@Suite("Events of several instances on MongoDB", .needsMongoDB, .serialized)
struct MongoDBEventsTests {
    @Test("have numbers without gaps in the order of the commits; what is rolled back leaves none")
    func numbers() async throws {
        let database = try MongoDBTestDatabase()
        let stores = try await [EventLog.spec, EventLog.spec, EventLog.spec].asyncMap { try await database.open([$0]) }
        let collection = Collection(name: "events", ordinal: 0)
        struct Refused: Error {}
        try await withThrowingTaskGroup { group in
            for (index, store) in stores.enumerated() {
                let log = EventLog(store: store, collection: collection)
                let outbox = EventOutbox(
                    log, EventCatalogue(prefix: "test"), EventTail(), source: "/test", recorded: Counter())
                let type = outbox.declare("a.b", "Something", [])
                group.addTask {
                    for number in 0..<20 {
                        let drafts = (0...(number % 3)).map {
                            EventDraft(type, subject: "\(index)-\(number)-\($0)", data: [:])
                        }
                        _ = try? await store.write { transaction in
                            try outbox.record(drafts, in: transaction)
                            throw Refused()
                        }
                        try await store.write { try outbox.record(drafts, in: $0) }
                    }
                }
            }
            group.addTask {
                // A follower never sees a number before all that are smaller.
                let log = EventLog(store: stores[0], collection: collection)
                var last: UInt64 = 0
                while last < 117 {
                    for event in try await log.page(after: last) {
                        #expect(event.sequence == last + 1)
                        last = event.sequence
                    }
                    try Task.checkCancellation()
                }
            }
            try await group.waitForAll()
        }
        let log = EventLog(store: stores[0], collection: collection)
        let events = try await log.page(after: 0)
        #expect(events.map(\.sequence) == Array(1...117))
        #expect(Set(events.map(\.subject)).count == 117)
        for store in stores { await store.close() }
        await database.remove()
    }
}

extension Array {
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
