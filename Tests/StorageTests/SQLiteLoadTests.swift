import Foundation
import Kernel
import KernelTesting
import Synchronization
import Testing

@testable import StorageSQLite

@Suite("SQLite under load")
struct SQLiteLoadTests {
    let database: SQLiteTestDatabase

    init() throws {
        database = try SQLiteTestDatabase()
    }

    @Test("writes beyond the queue are turned away, and a cancelled one is never started")
    func queue() async throws {
        let store = try await open(database.path) { $0.queue = 2 }
        let gate = ThreadGate()
        async let holder: Void = store.write { _ in gate.pass() }
        await gate.reached()
        let first = Task { try await store.insert(["n": 1]) }
        let second = Task { try await store.insert(["n": 2]) }
        await store.waitForQueue(2)
        await #expect(throws: StoreError.self) { try await store.insert(["n": 3]) }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        try await second.value
        try await holder
        #expect(try await store.numbers() == [2])
        await store.close()
    }

    @Test("reads that are too long for the thread they began on leave their connections as they were")
    func longReads() async throws {
        let store = try await open(database.path) { _ in }
        try await store.write { transaction in
            for number in 0..<20_000 { try transaction.insert(Array(#"{"n":\#(number)}"#.utf8), into: alpha) }
        }
        // SQLite counts what statements do from one use to the next: one in some hundred ends of a transaction is where
        // it looks whether the budget is used up.
        for _ in 0..<700 {
            let count = try await store.read { try $0.count(in: alpha, where: .equal("other", 1)) }
            #expect(count == 0)
        }
        await store.close()
    }

    @Test("readers are lent in order, to a bounded line that cancelled waiters leave")
    func pool() async throws {
        try await database.fill()
        let pool = ConnectionPool(1, lineLimit: 2, name: "readers") { [path = database.path] in
            try Connection(path, .reader, busyTimeout: .zero)
        }
        let held = try await pool.take()
        let first = Task { try await pool.take() }
        await pool.waitForLine(1)
        let second = Task { try await pool.take() }
        await pool.waitForLine(2)
        await #expect(throws: StoreError.self) { try await pool.take() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        pool.give(back: held)
        let lent = try await second.value
        #expect(lent === held)
        let third = Task { try await pool.take() }
        await pool.waitForLine(1)
        async let closing: Void = pool.close()
        await #expect(throws: StoreError.self) { try await third.value }
        pool.give(back: lent)
        await closing
    }

    @Test("a reader that cannot be opened fails who asked for it, and may be opened later")
    func unopened() async throws {
        try await database.fill()
        let isBroken = Mutex(true)
        let pool = ConnectionPool(1, lineLimit: 2, name: "readers") { [path = database.path] in
            try Connection(isBroken.withLock { $0 } ? "/nowhere/x.db" : path, .reader, busyTimeout: .zero)
        }
        await #expect(throws: StoreError.self) { try await pool.take() }
        isBroken.withLock { $0 = false }
        pool.give(back: try await pool.take())
        await pool.close()
        await #expect(throws: StoreError.self) { try await pool.take() }
    }

    @Test("two who wait while a reader cannot be opened do not wait for each other")
    func unopenedForTwo() async throws {
        try await database.fill()
        let gate = ThreadGate()
        let isFirst = Mutex(true)
        let pool = ConnectionPool(1, lineLimit: 2, name: "readers") { [path = database.path] in
            let waits = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            if waits { gate.pass() }
            return try Connection(waits ? "/nowhere/x.db" : path, .reader, busyTimeout: .zero)
        }
        // The opening fails between the second one's look at the pool and its entry into the line.
        let first = Task.detached { try await pool.take() }
        await gate.reached()
        let second = Task.detached {
            try await pool.take {
                gate.open()
                _ = await first.result
            }
        }
        await #expect(throws: StoreError.self) { try await first.value }
        pool.give(back: try await second.value)
        await pool.close()
    }

    @Test("a snapshot whose time is over makes room for who waits, and says so")
    func deadline() async throws {
        let store = try await open(database.path) {
            $0.snapshots = 1
            $0.snapshotDeadline = .milliseconds(30)
        }
        try await store.insert(["n": 1])
        let old = try await store.snapshot()
        #expect(try await old.numbers() == [1])
        let new = try await store.snapshot()
        #expect(try await new.numbers() == [1])
        await #expect(throws: StoreError.self) { try await old.numbers() }
        await store.close()
    }

    @Test("slow snapshots do not take the readers")
    func shares() async throws {
        let store = try await open(database.path) {
            $0.snapshots = 2
            $0.readers = 1
        }
        let pinned = [try await store.snapshot(), try await store.snapshot()]
        try await store.insert(["n": 1])
        #expect(try await store.numbers() == [1])
        #expect(try await pinned[0].numbers() == [])
        await store.close()
    }

    @Test("a snapshot does not let the write-ahead log grow beyond its deadline")
    func log() async throws {
        let store = try await open(database.path) { $0.snapshotDeadline = .milliseconds(50) }
        let pinned = try await store.snapshot()
        func logSize() throws -> Int {
            try FileManager.default.attributesOfItem(atPath: database.path + "-wal")[.size] as? Int ?? 0
        }
        let text = JSON.string(String(repeating: "x", count: 60_000))
        func write() async throws {
            try await store.write { transaction in
                for _ in 0..<20 { try transaction.insert((["text": text] as JSON).bytes, into: alpha) }
                try transaction.delete(in: alpha, where: .all)
            }
        }
        while (try? await pinned.numbers()) != nil { try await write() }
        // Its time is over: the log is copied into the database, and starts anew, cut to 8 MiB.
        let isCut = try await Patience.until {
            try await write()
            return try logSize() < 9_000_000
        }
        #expect(isCut)
        await store.close()
    }

    @Test("the write-ahead log starts anew under constant reading")
    func reading() async throws {
        let store = try await open(database.path) { _ in }
        let text = JSON.string(String(repeating: "x", count: 60_000))
        try await withThrowingTaskGroup { group in
            for _ in 0..<2 {
                group.addTask {
                    while !Task.isCancelled {
                        _ = try await store.numbers()
                        await Task.yield()
                    }
                }
            }
            // At most 480 MB are written, until the log has no more than half of it.
            var (size, written) = (Int.max, 0)
            while size > written / 2, written < 480_000_000 {
                try await store.write { transaction in
                    for _ in 0..<20 { try transaction.insert((["text": text] as JSON).bytes, into: alpha) }
                    try transaction.delete(in: alpha, where: .all)
                }
                written += 20 * text.bytes.count
                let attributes = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")
                size = attributes[.size] as? Int ?? 0
            }
            #expect(size <= written / 2)
            group.cancelAll()
        }
        await store.close()
    }
}

extension Snapshot {
    func numbers() async throws -> [Int] {
        try await read { transaction in
            var numbers: [Int] = []
            try transaction.find(in: alpha, Query()) { _, bytes in
                if case .integer(let number)? = try JSON(parsing: bytes)["n"] { numbers.append(Int(number)) }
                return .next
            }
            return numbers
        }
    }
}

/// Holds a thread up until the test lets it go on.
final class ThreadGate: Sendable {
    private let entered = AsyncStream<Void>.makeStream()
    private let semaphore = DispatchSemaphore(value: 0)

    /// On the thread that is to be held.
    func pass() {
        entered.continuation.yield()
        semaphore.wait()
    }

    func reached() async {
        for await _ in entered.stream { return }
    }

    func open() {
        semaphore.signal()
    }
}

extension OpenStore {
    /// Returns when that many writes wait.
    func waitForQueue(_ count: Int) async {
        while let store = self as? SQLiteStore, store.queue.count < count { await Task.yield() }
    }
}

extension ConnectionPool {
    func waitForLine(_ count: Int) async {
        while lineLength < count { await Task.yield() }
    }
}
