import Foundation
import Kernel
import KernelTesting
import Synchronization
import Testing

@testable import StorageSQLite

@Suite("SQLite's write-ahead log")
struct SQLiteLogTests {
    let database: SQLiteTestDatabase

    init() throws {
        database = try SQLiteTestDatabase()
    }

    private func logSize() -> Int { DatabaseFile.logBytes(of: database.path) }

    private func write(_ count: Int, to store: any OpenStore) async throws {
        let text = JSON.string(String(repeating: "x", count: 60_000))
        for _ in 0..<count {
            try await store.write { transaction in
                for _ in 0..<20 { try transaction.insert((["text": text] as JSON).bytes, into: alpha) }
                try transaction.delete(in: alpha, where: .equal("text", text))
            }
        }
    }

    @Test("is written into the database when nothing more is written, and emptied")
    func idle() async throws {
        let store = try await database.open()
        try await store.insert(["key": "k"])
        #expect(await Patience.until { logSize() == 0 })
        let copy = database.folder + "/copy.db"
        try FileManager.default.copyItem(atPath: database.path, toPath: copy)
        #expect(try sqlite(copy, "SELECT document ->> 'key' FROM alpha") == "k")
        await store.close()
    }

    @Test("stays short while readers of snapshots overlap, who are asked to make room and have the time to")
    func overlapping() async throws {
        let store = try await database.open()
        try await store.insert(["n": 1])
        var largest = 0
        var handedBack = 0
        var held: [any Snapshot] = []
        let wanted = Atomic(false)
        // 200 MB are written beside two snapshots.
        for _ in 0..<170 {
            while held.count < 2 {
                let snapshot = try await store.snapshot()
                snapshot.whenWanted { wanted.store(true, ordering: .relaxed) }
                held.append(snapshot)
            }
            try await write(1, to: store)
            largest = max(largest, logSize())
            guard wanted.exchange(false, ordering: .relaxed) else { continue }
            // There is time to read the rest.
            for snapshot in held { #expect(try await snapshot.numbers() == [1]) }
            held = []
            handedBack += 1
        }
        #expect(handedBack > 2)
        #expect(largest < 48 << 20, "\(largest >> 20) MiB")
        held = []
        #expect(await Patience.until { logSize() == 0 })
        await store.close()
    }

    @Test("a snapshot that does not make room in time ends")
    func impatient() async throws {
        let store = try await open(database.path) { $0.snapshots = 1 }
        let unread = try await store.snapshot()
        let wanted = AsyncStream<Void>.makeStream()
        unread.whenWanted { wanted.continuation.yield() }
        // Who waits gets it once the time for making room is over too.
        async let next = store.snapshot()
        for await _ in wanted.stream { break }
        _ = try await next
        await #expect(throws: StoreError.self) { try await unread.numbers() }
        await store.close()
    }
}
