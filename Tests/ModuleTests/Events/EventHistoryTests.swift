import Kernel
import KernelTesting
import StorageSQLite
import Testing

@testable import Events

@Suite("The history of events")
struct EventHistoryTests {
    @Test("that was pruned is 410, with the oldest cursor there is and what to do")
    func pruned() async throws {
        let database = try TemporaryDatabase()
        let ids = try await withEvents(on: database) { client in
            for n in 0..<5 { _ = try await client.newJob("T\(n)") }
            return try await client.events().events.map(\.id)
        }
        try await database.prune(behind: 3)
        try await withEvents(on: database) { client in
            for id in [EventCursor.origin.description, ids[0], ids[2]] {
                let reply = try await client.get("/events?after=\(id)")
                #expect(reply.status == 410)
                let body = try reply.json
                #expect(body["code"] == "events.pruned")
                #expect(body["resync"] == "/jobs")
                #expect(body["oldest"]?.string == ids[3])
            }
            #expect(try await client.events("after=start").events.map(\.id) == Array(ids[3...]))
            #expect(try await client.events("after=\(ids[3])").events.map(\.id) == [ids[4]])
            let stream = try await client.open(
                "/events", headers: ["Accept": "text/event-stream", "Last-Event-ID": ids[0]])
            #expect(stream.status == 410)
        }
    }

    @Test("of a register that was restored from a backup is 410, whether the cursor's number is there again or not")
    func restored() async throws {
        let database = try TemporaryDatabase()
        let ids = try await withEvents(on: database) { client in
            for n in 0..<4 { _ = try await client.newJob("T\(n)") }
            return try await client.events().events.map(\.id)
        }
        // The backup was taken behind the second one.
        try await database.withEventLog { log in
            _ = try await log.store.write { transaction in
                try transaction.delete(
                    in: log.collection, where: .more(.sequence, .string(EventCursor.text(of: 2))))
            }
        }
        try await withEvents(on: database) { client in
            #expect(try await client.events("after=\(ids[1])").events.isEmpty)
            #expect(try await client.get("/events?after=\(ids[3])").status == 410)
            _ = try await client.put("/jobs/none", ["status": "failed"])
            _ = try await client.newJob("AGAIN")
            let reply = try await client.get("/events?after=\(ids[2])")
            #expect(reply.status == 410)
            #expect(try reply.json["code"] == "events.history-changed")
            #expect(try await client.events("after=\(ids[1])").events.map(\.sequence) == [3])
        }
    }

    @Test("goes on behind its last number however old that event is, and keeps what is young or few")
    func retention() async throws {
        let database = try TemporaryDatabase()
        try await withEvents(on: database) { client in
            for n in 0..<6 { _ = try await client.newJob("T\(n)") }
        }
        try await database.withEventLog { log in
            func retention(_ age: Duration, _ count: Int) -> Retention {
                Retention(log: log, age: age, count: count, removed: Counter())
            }
            func sequences() async throws -> [UInt64] { try await log.page(after: 0).map(\.sequence) }
            _ = try await retention(.seconds(3600), 1000).step()
            #expect(try await sequences() == [1, 2, 3, 4, 5, 6])
            _ = try await retention(.seconds(3600), 4).step()
            #expect(try await sequences() == [1, 2, 3, 4, 5, 6], "they are younger than a minute")
            let soon = Timestamp(microseconds: Timestamp.now.microseconds + 120_000_000)
            _ = try await retention(.seconds(3600), 4).step(at: soon)
            #expect(try await sequences() == [3, 4, 5, 6])
            let later = Timestamp(microseconds: Timestamp.now.microseconds + 7_200_000_000)
            _ = try await retention(.seconds(3600), 1000).step(at: later)
            #expect(try await sequences() == [6])
        }
        let last = try await withEvents(on: database) { client in
            let last = try await client.events().next
            _ = try await client.newJob("NEXT")
            #expect(try await client.events().events.map(\.sequence) == [6, 7])
            return last
        }
        // Who had come to the end before has missed nothing.
        try await database.withEventLog { log in
            let retention = Retention(log: log, age: .microseconds(1), count: 1000, removed: Counter())
            let later = try #require(try await log.page(after: 6).first?.time)
            _ = try await retention.step(at: later)
            #expect(try await log.page(after: 0).map(\.sequence) == [6, 7])
        }
        try await withEvents(on: database) { client in
            let rest = try await client.events("after=\(last)").events
            #expect(rest.map(\.sequence) == [7])
        }
    }

    @Test("is read in numbers, whatever they are written with", arguments: [1, 9, 10, 4_294_967_296, UInt64.max])
    func numbers(sequence: UInt64) {
        let cursor = EventCursor(sequence: sequence)
        #expect(EventCursor(cursor.description) == cursor)
        #expect(cursor.description.utf8.count == EventCursor.length)
    }
}

extension TemporaryDatabase {
    /// Opens the events while no service runs.
    func withEventLog(_ body: (EventLog) async throws -> Void) async throws {
        let url = try #require(StorageURL("sqlite:\(file)"))
        let driver = try #require(SQLiteDriver(url: url, reading: ConfigurationSection()))
        let store = try await driver.open([EventLog.spec], log: Logger("test", sink: LogRecorder()))
        do {
            try await body(EventLog(store: store, collection: Collection(name: "events", ordinal: 0)))
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    /// Removes the events up to a number.
    func prune(behind sequence: UInt64) async throws {
        try await withEventLog { log in
            _ = try await log.store.write { transaction in
                try transaction.delete(
                    in: log.collection, where: .atMost(.sequence, .string(EventCursor.text(of: sequence))))
            }
        }
    }
}
