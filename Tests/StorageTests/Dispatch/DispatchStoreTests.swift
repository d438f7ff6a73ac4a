import CSQLite
import Kernel
import KernelTesting
import Testing

/// What dispatch makes of a store that does not take its writes, or has in it what others have made of it.
@Suite("Dispatch and its store", .serialized)
struct DispatchStoreTests {
    @Test("a beat that cannot be written is no silence", arguments: ["100ms", "25s"])
    func unwritten(busyTimeout: String) async throws {
        let database = try SQLiteTestDatabase()
        defer { withExtendedLifetime(database) {} }
        let environment = ["JOB_SERVICE_STORAGE__SQLITE__BUSY_TIMEOUT": busyTimeout]
        try await DispatchService.with(
            "sqlite:\(database.path)", "lease: 3s, grace: 100ms", environment: environment
        ) { client in
            _ = try await client.postJob("A")
            let lease = try await client.lease()
            try await WriteLock.held(on: database.path) { try await Task.sleep(for: .seconds(8)) }
            // Some looks at the leases.
            try await Task.sleep(for: .seconds(1))
            #expect(try await client.leases().first?["state"] == "live")
            #expect(try await client.beat(lease).status == 200)
        }
    }

    @Test("fences go on behind the highest lease if the gate is missing")
    func gate() async throws {
        let database = try SQLiteTestDatabase()
        defer { withExtendedLifetime(database) {} }
        let url = "sqlite:\(database.path)"
        let before = try await DispatchService.with(url) { client in
            for target in ["A", "B", "C"] { _ = try await client.postJob(target) }
            return [try await client.lease(), try await client.lease()]
        }
        for isPosted in [false, true] {
            try sqlite(database.path, "DELETE FROM dispatchgate")
            try await DispatchService.with(url) { client in
                if isPosted { try await client.pause(false) }
                let lease = try await client.lease()
                #expect(lease.fence > before[1].fence)
                #expect(try await client.update(lease, "queued").status == 200)
            }
        }
    }

    @Test(
        "a lease whose job somebody has queued who knows nothing of leases keeps nobody from being served",
        arguments: Engine.available.filter { $0 == .mongodb })
    func stray(engine: Engine) async throws {
        try await engine.withDatabase { url in
            try await DispatchService.with(url) { client in
                let id = try #require(try await client.postJob("A"))
                let first = try await client.lease()
                try await DispatchService.with(url, isOn: false) { other in
                    #expect(try await other.put("/jobs/\(id)", ["status": "queued"]).status == 200)
                    let second = try await client.lease()
                    #expect(second.job == id && second.fence > first.fence)
                }
                #expect(try await client.update(first, "completed").code == "dispatch.lease-lost")
                #expect(try await client.leases().count == 1)
            }
        }
    }
}

/// Another program that has begun to write, and takes its time.
enum WriteLock {
    static func held(on path: String, _ body: () async throws -> Void) async throws {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        guard sqlite3_open(path, &handle) == SQLITE_OK, sqlite3_busy_timeout(handle, 5000) == SQLITE_OK,
            sqlite3_exec(handle, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK
        else { throw TestError("cannot lock \(path)") }
        try await body()
        guard sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) == SQLITE_OK else { throw TestError("cannot unlock") }
    }
}
