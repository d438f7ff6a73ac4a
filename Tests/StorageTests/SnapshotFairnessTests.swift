import Kernel
import KernelTesting
import StorageSQLite
import Testing

@Suite("Snapshots that others wait for")
struct SnapshotFairnessTests {
    @Test("one that nobody reads from goes to whoever waits, long before its deadline")
    func unreadSnapshotIsTakenAway() async throws {
        let database = try SQLiteTestDatabase()
        let configuration = Configuration(yaml: "storage: {sqlite: {snapshots: 1, snapshotDeadline: 10m}}")
        let url = try #require(StorageURL("sqlite:\(database.path)"))
        let driver = try #require(SQLiteDriver(url: url, reading: configuration.root.section("storage")))
        let store = try await driver.open([CollectionSpec("things")], log: .none)
        let things = Collection(name: "things", ordinal: 0)

        let unread = try await store.snapshot()
        #expect(try await unread.read { try $0.count(in: things, where: .all) } == 0)
        let next = try await store.snapshot()
        #expect(try await next.read { try $0.count(in: things, where: .all) } == 0)
        await #expect(throws: StoreError.self) { try await unread.read { try $0.count(in: things, where: .all) } }

        await store.close()
        await database.remove()
    }
}
