import Kernel
import KernelTesting
import Maintenance
import StorageSQLite
import Testing

@Suite("Maintenance at a start")
struct MaintenanceBootTests {
    private let modules: [any Module.Type] = [MaintenanceModule.self]

    @Test("a stack that was paused is still paused after a restart, and gets no second initial status")
    func restart() async throws {
        let database = try TemporaryDatabase()
        let posted = try await database.withService(modules) { client in
            try await client.post("/maintenance-status", ["msg": "Up", "paused": true]).json
        }
        let (latest, count) = try await database.withService(modules) { client in
            (try await client.get("/maintenance-status").json, try await client.list("/maintenance-history").count)
        }
        #expect(latest == posted)
        #expect(count == 2)
    }

    @Test("the order is that of the posts, whatever the clock said")
    func sequence() async throws {
        let database = try TemporaryDatabase()
        try await database.withStore("maintenance") { store, collections in
            let later: JSON = ["msg": "later", "paused": true, "timestamp": "2999-01-01T00:00:00.000000Z"]
            _ = try await store.write { try $0.insert(later.bytes, into: collections[0]) }
        }
        let messages = try await database.withService(modules) { client in
            _ = try await client.post("/maintenance-status", ["msg": "now", "paused": false])
            let latest = try await client.get("/maintenance-status").json
            return [latest] + (try await client.list("/maintenance-history"))
        }
        #expect(messages.map { $0["msg"] } == ["now", "now", "later"])
    }

    @Test("statuses of other origin are shown in the documented form")
    func otherOrigin() async throws {
        let database = try TemporaryDatabase()
        try await database.withStore("maintenance") { store, collections in
            let old: JSON = ["paused": 1, "timestamp": "2020-01-01T00:00:00Z", "msg": "old", "by": "somebody"]
            _ = try await store.write { try $0.insert(old.bytes, into: collections[0]) }
        }
        let expected: JSON = ["msg": "old", "paused": true, "timestamp": "2020-01-01T00:00:00Z"]
        let history = try await database.withService(modules) { try await $0.list("/maintenance-history") }
        #expect(history == [expected])
    }

    @Test(
        "a status of 2023, which calls its flag pause, is served by its value",
        arguments: [
            (["pause": true], true), (["pause": false], false), (["pause": 1], true), (["pause": 0], false),
            (["pause": "True"], true), (["pause": "off"], false), (["paused": "yes"], true),
            (["paused": .number(1)], true),
            (["paused": .null, "pause": "1"], true), (["paused": false, "pause": true], false), ([:], false),
        ] as [(JSON, Bool)])
    func statusOf2023(flag: JSON, isPaused: Bool) async throws {
        let database = try TemporaryDatabase()
        try await database.withStore("maintenance") { store, collections in
            var old = flag.object ?? JSONObject()
            old["msg"] = "old"
            old["timestamp"] = "2023-05-04T10:11:12.131415Z"
            let bytes = JSON.object(old).bytes
            _ = try await store.write { try $0.insert(bytes, into: collections[0]) }
        }
        let expected: JSON = [
            "msg": "old", "paused": .bool(isPaused), "timestamp": "2023-05-04T10:11:12.131415Z",
        ]
        try await database.withService(modules) { client async throws in
            #expect(try await client.get("/maintenance-status").json == expected)
            #expect(try await client.list("/maintenance-history") == [expected])
            let gauge = "\njob_service_maintenance_paused \(isPaused ? 1 : 0)\n"
            #expect(try await client.get("/metrics").text.contains(gauge))
        }
    }

    @Test(
        "many instances that start at once on one database leave one initial status",
        arguments: ["shared", "shared-isolated"])
    func together(scheme: String) async throws {
        let database = try TemporaryDatabase()
        let environment = ["JOB_SERVICE_STORAGE__URL": "\(scheme):\(database.file)"]
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await withApplication(
                        modules: modules, drivers: [SharedDriver.self], environment: environment
                    ) { try await $0.list("/maintenance-history").count }
                }
            }
            for try await count in group { #expect(count == 1) }
        }
        await SharedStores.all.close(database.file)
        let history = try await database.withService(modules) { try await $0.list("/maintenance-history") }
        #expect(history.count == 1)
    }

    @Test("what one instance is told, the others answer at once")
    func shared() async throws {
        let database = try TemporaryDatabase()
        let environment = ["JOB_SERVICE_STORAGE__URL": "shared:\(database.file)"]
        try await withApplication(modules: modules, drivers: [SharedDriver.self], environment: environment) { one in
            try await withApplication(modules: modules, drivers: [SharedDriver.self], environment: environment) {
                other in
                for isPaused in [true, false, true] {
                    let body: JSON = ["msg": "m", "paused": .bool(isPaused)]
                    let posted = try await one.post("/maintenance-status", body).json
                    let latest = try await other.get("/maintenance-status").json
                    #expect(latest == posted)
                }
            }
        }
        await SharedStores.all.close(database.file)
    }
}
