import Foundation
import Kernel
import KernelTesting
import Testing

@testable import StorageSQLite

@Suite("A SQLite database that is only read")
struct SQLiteSourceTests {
    let database: SQLiteTestDatabase

    init() throws {
        database = try SQLiteTestDatabase()
    }

    private func openSource() async throws -> any OpenStore {
        let driver = try #require(SQLiteDriver.at(database.path))
        return try await driver.openSource(SQLiteTestDatabase.specs + [CollectionSpec("never")], log: .none)
    }

    private func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: database.folder) {
            files[name] = try Data(contentsOf: URL(fileURLWithPath: database.folder + "/" + name))
        }
        return files
    }

    @Test("one that is not there is an error, and is not made")
    func missing() async throws {
        await #expect(throws: BootIssue.self) { try await openSource() }
        #expect(try files() == [:])
    }

    @Test("its folder stays as it is, also one that may not be written", arguments: [false, true])
    func untouched(isReadOnly: Bool) async throws {
        try await database.fill()
        let before = try files()
        if isReadOnly { chmod(database.folder, 0o500) }
        defer { chmod(database.folder, 0o700) }
        let store = try await openSource()
        #expect(try files() == before)
        #expect(try await store.read { try $0.count(in: alpha, where: .all) } == 1)
        let never = Collection(name: "never", ordinal: SQLiteTestDatabase.specs.count)
        #expect(try await store.read { try $0.count(in: never, where: .all) } == 0)
        await store.close()
        #expect(try files() == before)
    }

    @Test("what a service that was killed has left in the log is read, and stays there")
    func killed() async throws {
        let service = try StoreProcess(database.path, "write")
        for _ in 0..<3 { _ = await service.line() }
        await service.kill()
        let before = try files()
        #expect(before["test.db-wal"]?.isEmpty == false)
        let store = try await openSource()
        #expect(try await store.read { try $0.count(in: alpha, where: .all) } > 0)
        await store.close()
        #expect(try files()["test.db"] == before["test.db"])
        #expect(try files()["test.db-wal"] == before["test.db-wal"])
    }

    @Test("one that a service uses is refused")
    func used() async throws {
        let store = try await database.open()
        await #expect(throws: BootIssue.self) { try await openSource() }
        await store.close()
    }
}
