import Entries
import Kernel
import KernelTesting
import StorageSQLite
import Testing

@Suite("Entries")
struct EntriesTests {
    @Test("what a visitor writes is listed")
    func life() async throws {
        try await withApplication(
            Product(name: "own-service", summary: "A guest book"), modules: [EntriesModule.self],
            drivers: [SQLiteDriver.self], environment: ["OWN_SERVICE_STORAGE__URL": "sqlite::memory:"]
        ) { client in
            let entry: JSON = ["name": "Ada", "text": "I was here"]
            let added = try await client.post("/entries", entry)
            #expect(added.status == 200)
            let listed = try await client.get("/entries")
            #expect(try listed.json == [entry])
            let metrics = try await client.get("/metrics")
            #expect(metrics.text.contains("\nown_service_entries_added_total 1\n"))
        }
    }
}
