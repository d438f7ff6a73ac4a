import Kernel
import KernelTesting
import StorageSQLite
import Testing

@testable import Events

@Suite("Following events")
struct EventStreamTests {
    private static let accept = ["Accept": "text/event-stream"]

    @Test(
        "a follower gets what is committed, and after a break what it has missed",
        arguments: TestClient.Transport.allCases)
    func following(transport: TestClient.Transport) async throws {
        try await withEvents(transport: transport) { client in
            _ = try await client.newJob("BEFORE")
            let stream = try await client.open("/events", headers: Self.accept)
            if transport == .liveSocket { #expect(stream.headers["Content-Type"] == "text/event-stream") }
            let first = try #require(try await stream.event())
            #expect(first["retry"] != nil)
            let start = try #require(first["id"])
            _ = try await client.newJob("ONE")
            let one = try #require(try await stream.event())
            let event = try JSON(parsing: Array((one["data"] ?? "").utf8))
            #expect(event.sequence == 2)
            #expect(one["id"] == event.id)
            stream.leave()
            _ = try await client.newJob("TWO")
            for (cursor, sequences) in [(start, [2, 3]), (event.id, [3])] {
                let again = try await client.open(
                    "/events?after=now", headers: Self.accept.merging(["Last-Event-ID": cursor]) { $1 })
                _ = try await again.event()
                for sequence in sequences {
                    let data = try #require(try await again.event()?["data"])
                    #expect(try JSON(parsing: Array(data.utf8)).sequence == sequence)
                }
            }
        }
    }

    @Test("a follower of something else is told how far the history is, so that its cursor stays fresh")
    func bookmarks() async throws {
        try await withEvents { client in
            let stream = try await client.open("/events?type=maintenance.changed", headers: Self.accept)
            _ = try await stream.event()
            _ = try await client.newJob("A")
            let last = try await client.events().events.last?.id
            let bookmark = try #require(try await stream.event())
            #expect(bookmark["id"] == last)
            #expect(bookmark["data"] == nil)
        }
    }

    @Test(
        "there are no more followers than may be, and one that leaves makes room",
        arguments: TestClient.Transport.allCases)
    func cap(transport: TestClient.Transport) async throws {
        try await withEvents(configuration: "followers: 2", transport: transport) { client in
            let first = try await client.open("/events", headers: Self.accept)
            let second = try await client.open("/events", headers: Self.accept)
            _ = try await first.event()
            _ = try await second.event()
            let third = try await client.get("/events", headers: Self.accept)
            #expect(third.status == 503)
            #expect(third.headers["Retry-After"] != nil)
            #expect(try third.json["code"] == "events.too-many-followers")
            #expect(try await client.get("/events?after=now&wait=1").status == 503)
            #expect(try await client.get("/events").status == 200)
            first.leave()
            await Patience.until {
                (try? await client.get("/events?after=now&wait=1").status) == 200
            }
        }
    }

    @Test("followers of an instance hear what another one has written", arguments: [1, 5])
    func shared(events: Int) async throws {
        let database = try TemporaryDatabase()
        let environment = ["JOB_SERVICE_STORAGE__URL": "shared:\(database.file)"]
        let configuration = "modules: {events: {enabled: true}}"
        let modules = EventsStack.modules
        try await withApplication(
            modules: modules, drivers: [SharedDriver.self], configuration: configuration, environment: environment
        ) { one in
            try await withApplication(
                modules: modules, drivers: [SharedDriver.self], configuration: configuration, environment: environment
            ) { other in
                let stream = try await one.open("/events", headers: Self.accept)
                _ = try await stream.event()
                for n in 0..<events {
                    _ = try await (n % 2 == 0 ? other : one).newJob("T\(n)")
                }
                for sequence in 1...events {
                    let data = try #require(try await stream.event()?["data"])
                    #expect(try JSON(parsing: Array(data.utf8)).sequence == sequence)
                }
            }
        }
        await SharedStores.all.close(database.file)
    }

    @Test("the newest events are at hand, in order, and what is not is left to the store")
    func tail() throws {
        let tail = EventTail()
        let type = EventCatalogue(prefix: "p").declare("a.b", "", .any())
        func event(_ sequence: UInt64) -> Event {
            Event(EventDraft(type, subject: "s", data: [:]), sequence: sequence, source: "/x", at: .now)
        }
        tail.offer([event(1)])
        #expect(tail.entries(after: 0, limit: 9) == nil, "nobody follows, so nothing is kept")
        let looked = EventTail()
        let waiting = try #require(looked.join(atMost: 1))
        looked.didReach(1)
        let told = looked.news.count
        looked.didReach(2)
        #expect(looked.news.count > told, "who waits behind 1 will not be told of 2 by anybody else")
        withExtendedLifetime(waiting) {}
        let follower = try #require(tail.join(atMost: 1))
        #expect(tail.join(atMost: 1) == nil)
        tail.didReach(1)
        #expect(tail.entries(after: 1, limit: 9)?.isEmpty == true)
        tail.offer([event(2), event(3)])
        tail.offer([event(3)])
        #expect(tail.entries(after: 1, limit: 9)?.map(\.event.sequence) == [2, 3])
        #expect(tail.entries(after: 2, limit: 9)?.map(\.event.sequence) == [3])
        #expect(tail.entries(after: 0, limit: 9) == nil)
        tail.offer([event(5)])
        #expect(tail.entries(after: 3, limit: 9) == nil, "4 is not known here")
        #expect(tail.entries(after: 4, limit: 9)?.map(\.event.sequence) == [5])
        for n in 6...5000 { tail.offer([event(UInt64(n))]) }
        #expect(tail.entries(after: 5000, limit: 9)?.isEmpty == true)
        #expect(tail.entries(after: 4990, limit: 2)?.map(\.event.sequence) == [4991, 4992])
        #expect(tail.entries(after: 6, limit: 9) == nil)
        withExtendedLifetime(follower) {}
    }
}
