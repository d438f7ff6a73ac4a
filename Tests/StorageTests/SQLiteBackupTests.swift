import Foundation
import Kernel
import KernelTesting
import Synchronization
import Testing

@testable import StorageSQLite

@Suite("Backups of a SQLite database")
struct SQLiteBackupTests {
    let database: SQLiteTestDatabase
    private var copy: String { database.folder + "/copy.db" }

    init() throws {
        database = try SQLiteTestDatabase()
    }

    private struct Stop: Error {}

    private func backUp(report: @escaping @Sendable (BackupProgress) throws -> Void = { _ in }) async throws {
        try await #require(SQLiteDriver.at(database.path)).backUp(to: copy, report: report)
    }

    /// A store with documents of about `bytes` in all.
    private func filled(_ bytes: Int = 4 << 20) async throws -> any OpenStore {
        let store = try await database.open(SQLiteTestDatabase.specs)
        for number in 0..<(bytes >> 18) {
            try await store.insert([
                "n": .integer(Int64(number)), "text": .string(String(repeating: "x", count: 1 << 18)),
            ])
        }
        return store
    }

    @Test("what is written while it is made is not in the copy, and nothing else is missing")
    func instant() async throws {
        let store = try await filled()
        let count = try await store.numbers().count
        let steps = Mutex(0)
        try await backUp { progress in
            // From the first report on the instant is fixed.
            let isFirst = steps.withLock { steps in
                steps += 1
                return steps == 1
            }
            guard isFirst else { return }
            let written = DispatchSemaphore(value: 0)
            Task {
                try? await store.insert(["n": 1000])
                written.signal()
            }
            written.wait()
        }
        #expect(steps.withLock { $0 } > 4, "a megabyte a step")
        #expect(try await store.numbers().contains(1000))
        await store.close()
        let opened = try await #require(SQLiteDriver.at(copy)).open(SQLiteTestDatabase.specs, log: .none)
        #expect(try await opened.numbers() == Array(0..<count))
        await opened.close()
    }

    @Test("its progress goes from nothing to all, and then it is checked")
    func progress() async throws {
        await (try await filled()).close()
        let all = Mutex<[BackupProgress]>([])
        try await backUp { step in all.withLock { $0.append(step) } }
        let steps = all.withLock { $0 }
        let copied = steps.compactMap { if case .copying(let done, let total) = $0 { [done, total] } else { nil } }
        #expect(copied.map { $0[0] } == copied.map { $0[0] }.sorted())
        #expect(copied.last.map { $0[0] == $0[1] && $0[0] > 4 << 20 } == true)
        #expect(steps.last == .checking)
    }

    @Test("it ends when its caller has had enough, copying or checking", arguments: [false, true])
    func stop(whileChecking: Bool) async throws {
        await (try await filled()).close()
        await #expect(throws: Stop.self) {
            try await backUp { if ($0 == .checking) == whileChecking { throw Stop() } }
        }
    }

    @Test("a database in memory has no backup")
    func memory() async throws {
        let driver = try #require(SQLiteDriver.at(":memory:"))
        #expect(driver.file == nil)
        await #expect(throws: BootIssue.self) { try await driver.backUp(to: copy) { _ in } }
    }

    @Test("a service waits a moment for the command that holds its database")
    func moment() async throws {
        var patient = SQLiteSettings()
        patient.lockPatience = Patience.limit
        let driver = SQLiteDriver(.file(database.path), patient)
        let first = try await database.open(SQLiteTestDatabase.specs)
        async let second = driver.open(SQLiteTestDatabase.specs, log: .none)
        try await Task.sleep(for: .milliseconds(50))
        await first.close()
        await (try await second).close()
    }
}
