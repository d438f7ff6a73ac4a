import Kernel
import StorageSQLite
import Testing

struct Sink: LogSink { var level: LogLevel { .info }; func write(_ e: LogEntry) { print(e.message) } }

@Test func smoke() async throws {
    let driver = try #require(SQLiteDriver(url: StorageURL("sqlite::memory:")!, reading: ConfigurationSection()))
    let store = try await driver.open([CollectionSpec("jobs", indexes: [.unique("p.t"), .lookup("a[].n"), .lookup("tags[]")])], log: Logger("x", sink: Sink()))
    let jobs = Collection(name: "jobs", ordinal: 0)
    let p = try await store.write { tx in
        try tx.insert(Array(#"{"p":{"t":"x\u0000y"},"a":[{"n":1},{"n":"q"},3],"tags":["a",true,"a"]}"#.utf8), into: jobs) }
    print(p)
    await #expect(throws: StoreError.duplicateKey(collection: "jobs", path: "p.t")) {
        try await store.write { tx in try tx.insert(Array(#"{"p":{"t":"x\u0000y"}}"#.utf8), into: jobs) } }
    let d = try await store.write { tx in
        try tx.update(in: jobs, where: .equal("p.t", "x\0y"), [.set("q.z", 1), .append("log", ["a", 1]), .append("tags", ["b"]), .unset("a")]) }
    print(String(decoding: d!.bytes, as: UTF8.self))
    for f: Filter in [.contains("tags[]", "b"), .contains("tags[]", true), .contains("a[].n", 1), .equal("q.z", true), .equal("q.z", .number(1.0)), .among("q.z", [1, "x", 3])] {
        print(f, try await store.read { try $0.count(in: jobs, where: f) })
    }
    let s = try await store.snapshot()
    _ = try await store.write { try $0.delete(in: jobs, where: .all) }
    #expect(try await s.read { try $0.count(in: jobs, where: .all) } == 1)
    #expect(try await store.read { try $0.count(in: jobs, where: .all) } == 0)
    await store.close()
    await #expect(throws: StoreError.self) { try await store.ping() }
}
