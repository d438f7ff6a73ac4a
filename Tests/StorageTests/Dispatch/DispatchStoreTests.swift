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
