import Foundation
import Kernel
import KernelTesting
import Testing

@testable import StorageSQLite

@Suite("SQLite writes beside another program")
struct SQLiteWriteDeadlineTests {
    let database: SQLiteTestDatabase

    init() throws {
        database = try SQLiteTestDatabase()
    }

    private func open(tried: String = "60s") async throws -> SQLiteStore {
        let driver = try #require(SQLiteDriver.at(database.path, tried: tried))
        return try #require(try await driver.open(SQLiteTestDatabase.specs, log: .none) as? SQLiteStore)
    }

    /// Another program, which has begun to write.
    private func otherProgram() throws -> Connection {
        let other = try Connection(database.path, .writer, busyTimeout: .zero)
        try other.execute("BEGIN IMMEDIATE")
        return other
    }

    @Test("writes wait for it, and are done when it has finished")
    func waiting() async throws {
        let store = try await open()
        let other = try otherProgram()
        let writes = (0..<5).map { number in Task { try await store.insert(["n": .integer(Int64(number))]) } }
        // The writer has tried for a while, and told so.
        #expect(await Patience.until { store.writer.lastFailure != nil })
        #expect(try await store.numbers() == [])
        try other.execute("COMMIT")
        for write in writes { try await write.value }
        #expect(try await store.numbers().sorted() == [0, 1, 2, 3, 4])
        #expect(store.writer.lastFailure == nil)
        other.close()
        await store.close()
    }

    @Test("at its deadline a write is given up, and not done later")
    func deadline() async throws {
        let store = try await open(tried: "200ms")
        let other = try otherProgram()
        let error = await #expect(throws: StoreError.self) { try await store.insert(["n": 1]) }
        guard case .unavailable(let reason, let retryAfter)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(reason.contains("another program") && retryAfter > 0)
        try other.execute("COMMIT")
        try await store.insert(["n": 2])
        #expect(try await store.numbers() == [2])
        other.close()
        await store.close()
    }

    @Test("a write that waits for it can be taken back")
    func cancelled() async throws {
        let store = try await open()
        let other = try otherProgram()
        let write = Task { try await store.insert(["n": 1]) }
        #expect(await Patience.until { store.writer.lastFailure != nil })
        write.cancel()
        await #expect(throws: CancellationError.self) { try await write.value }
        try other.execute("COMMIT")
        #expect(try await store.numbers() == [])
        other.close()
        await store.close()
    }

    @Test("transactions of one request share its deadline")
    func shared() async throws {
        let store = try await open()
        let other = try otherProgram()
        let limit = Duration.milliseconds(200)
        await #expect(throws: StoreError.self) {
            try await StorageDeadlines.sharing(limit) { try await store.insert(["n": 1]) }
        }
        try other.execute("COMMIT")
        other.close()
        await store.close()
    }
}
