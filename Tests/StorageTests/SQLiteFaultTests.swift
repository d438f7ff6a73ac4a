import CFaultyVFS
import CSQLite
import Foundation
import Kernel
import KernelTesting
import Testing

@testable import StorageSQLite

@Suite("SQLite on a full disk", .enabled(if: SmallFileSystem.isAllowed))
struct SQLiteFullDiskTests {
    @Test("writes are unavailable while it is full, reads go on, and both work again when there is room")
    func full() async throws {
        let disk = try SmallFileSystem(kibibytes: 4096)
        defer { disk.remove() }
        let ballast = disk.folder + "/ballast"
        try Data(count: 2_000_000).write(to: URL(fileURLWithPath: ballast))
        let path = disk.folder + "/test.db"
        let log = LogRecorder(level: .info)
        let store = try await #require(SQLiteDriver.at(path, tried: "300ms")).open(
            SQLiteTestDatabase.specs, log: Logger("storage", sink: log))

        let text = JSON.string(String(repeating: "x", count: 20_000))
        @Sendable func insert(_ number: Int) async throws {
            try await store.insert(["n": .integer(Int64(number)), "text": text])
        }
        var kept: [Int] = []
        var failure: (any Error)?
        for number in 0..<1000 where failure == nil {
            do {
                try await insert(number)
                kept.append(number)
            } catch {
                failure = error
            }
        }
        guard case .unavailable(let reason, let retryAfter)? = failure as? StoreError else {
            Issue.record("full disk: \(String(describing: failure))")
            return
        }
        #expect(reason.contains("full") && retryAfter > 0)
        #expect(try await store.numbers() == kept)
        // Many at once fail together and leave nothing.
        await withTaskGroup { group in
            for number in 2000..<2016 {
                group.addTask { await #expect(throws: StoreError.self) { try await insert(number) } }
            }
        }
        #expect(try await store.numbers() == kept)

        unlink(ballast)
        try await store.ping()
        try await insert(5000)
        #expect(try await store.numbers() == kept + [5000])
        // The thread that empties the write-ahead log may meet the end of the disk as well, and tells of that itself.
        let told = log.entries.filter { !$0.message.contains("write-ahead log") }
        #expect(told.first?.level == .warning)
        #expect(told.last?.level == .info)
        await store.close()
        #expect(try sqlite(path, "PRAGMA integrity_check") == "ok")
    }

    @Test("a database that cannot be made for want of room is told at opening")
    func fullAtOpening() async throws {
        let disk = try SmallFileSystem(kibibytes: 16)
        defer { disk.remove() }
        do {
            _ = try await #require(SQLiteDriver.at(disk.folder + "/test.db")).open(SQLiteTestDatabase.specs, log: .none)
            Issue.record("it opened")
        } catch let issue as BootIssue {
            #expect(issue.remedy == "make room on the disk", "\(issue)")
        }
    }
}

/// Makes the n-th operation on the disk fail, for every n that a workload reaches.
@Suite("SQLite on a disk with errors", .serialized)
struct SQLiteDiskErrorTests {
    struct Fault: Sendable, CustomStringConvertible {
        let description: String
        let kinds: Int
        let code: Int32
    }

    static let faults = [
        Fault(description: "sync", kinds: FAULTY_SYNC, code: SQLITE_IOERR | 4 << 8),
        Fault(description: "write", kinds: FAULTY_WRITE, code: SQLITE_IOERR | 3 << 8),
        Fault(description: "write for want of room", kinds: FAULTY_WRITE, code: SQLITE_FULL),
        Fault(description: "read", kinds: FAULTY_READ, code: SQLITE_IOERR | 1 << 8),
    ]

    private func database() throws -> String {
        faulty_vfs_register()
        return try SQLiteTestDatabase.makeFolder() + "/faulty-test.db"
    }

    @Test("a passing error loses nothing that was acknowledged, and the store recovers", arguments: faults)
    func passing(_ fault: Fault) async throws {
        var reached = true
        var point = 0
        while reached, point < 60 {
            let path = try database()
            let store = try await #require(SQLiteDriver.at(path)).open(SQLiteTestDatabase.specs, log: .none)
            faulty_vfs_arm(Int32(fault.kinds), Int32(point), 1, fault.code)
            let kept = await withTaskGroup(of: [Int].self) { group in
                for writer in 0..<6 {
                    group.addTask { await Self.write(writer, to: store) }
                }
                return await group.reduce(into: Set()) { $0.formUnion($1) }
            }
            reached = faulty_vfs_failures() > 0
            faulty_vfs_arm(0, 0, 0, 0)
            // It is over: everything works again, without a restart.
            try await store.insert(["n": 1000])
            try await store.ping()
            let before = try await store.numbers()
            await store.close()

            let again = try await #require(SQLiteDriver.at(path)).open(SQLiteTestDatabase.specs, log: .none)
            let numbers = try await again.numbers()
            #expect(numbers == before, "\(fault) \(point)")
            #expect(kept.isSubset(of: numbers), "\(fault) \(point)")
            await again.close()
            #expect(kept.count == 24, "\(fault) \(point): what passes is tried again")
            #expect(try sqlite(path, "PRAGMA integrity_check") == "ok", "\(fault) \(point)")
            try FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
            point += 1
        }
    }

    /// - Returns: what was acknowledged, of four writes.
    private static func write(_ writer: Int, to store: any OpenStore) async -> [Int] {
        var kept: [Int] = []
        for number in (writer * 4)..<(writer * 4 + 4) {
            do {
                try await store.insert([
                    "n": .integer(Int64(number)), "key": .integer(Int64(number)), "tags": ["t"],
                    "text": .string(String(repeating: "x", count: 3000)),
                ])
                kept.append(number)
            } catch {
                let isRight = isUnavailable(error)
                #expect(isRight, "\(error)")
            }
        }
        return kept
    }

    @Test("a commit that fails is acknowledged to nobody in its group")
    func group() async throws {
        let path = try database()
        let store = try await #require(SQLiteDriver.at(path, tried: "1s")).open(SQLiteTestDatabase.specs, log: .none)
        faulty_vfs_arm(Int32(FAULTY_SYNC), 0, -1, SQLITE_IOERR | 4 << 8)
        // The first write holds the thread until the others wait, so that they are one group.
        let gate = ThreadGate()
        await withTaskGroup { group in
            group.addTask { try? await store.write { _ in gate.pass() } }
            await gate.reached()
            for number in 0..<20 {
                group.addTask {
                    await #expect(throws: StoreError.self) { try await store.insert(["n": .integer(Int64(number))]) }
                }
            }
            await store.waitForQueue(20)
            gate.open()
        }
        #expect(try await store.numbers() == [])
        faulty_vfs_arm(0, 0, 0, 0)
        try await store.insert(["n": 99])
        #expect(try await store.numbers() == [99])
        await store.close()
        try FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
    }

    @Test("a closure that goes on after a failure which ended its transaction keeps nothing of it")
    func stubborn() async throws {
        let path = try database()
        let store = try await #require(SQLiteDriver.at(path)).open(SQLiteTestDatabase.specs, log: .none)
        faulty_vfs_arm(Int32(FAULTY_WRITE), 0, 1, SQLITE_IOERR | 3 << 8)
        try await store.write { transaction in
            // More than the connection's cache: pages are written before the commit, and the first one fails.
            let document: JSON = ["text": .string(String(repeating: "x", count: 100_000))]
            for _ in 0..<200 { _ = try? transaction.insert(document.bytes, into: alpha) }
        }
        #expect(faulty_vfs_failures() == 1)
        // The second attempt's, and no more.
        #expect(try await store.read { try $0.count(in: alpha, where: .all) } == 200)
        await store.close()
        try FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
    }

    @Test("a read is tried again; one that fails for good is unavailable, whichever of its operations fails")
    func reading() async throws {
        let path = try database()
        let filled = try await #require(SQLiteDriver.at(path)).open(SQLiteTestDatabase.specs, log: .none)
        for number in 0..<50 {
            let text = JSON.string(String(repeating: "x", count: 9000))
            try await filled.insert(["n": .integer(Int64(number)), "text": text])
        }
        await filled.close()
        var reached = true
        var point = 0
        while reached, point < 60 {
            let store = try await #require(SQLiteDriver.at(path)).open(SQLiteTestDatabase.specs, log: .none)
            faulty_vfs_arm(Int32(FAULTY_READ), Int32(point), 1, SQLITE_IOERR | 1 << 8)
            #expect(try await store.numbers() == Array(0..<50), "\(point)")
            reached = faulty_vfs_failures() > 0
            faulty_vfs_arm(0, 0, 0, 0)
            await store.close()
            point += 1
        }
        let store = try await #require(SQLiteDriver.at(path)).open(SQLiteTestDatabase.specs, log: .none)
        faulty_vfs_arm(Int32(FAULTY_READ), 0, -1, SQLITE_IOERR | 1 << 8)
        let error = await #expect(throws: StoreError.self) {
            try await StorageDeadlines.sharing(.milliseconds(100)) { _ = try await store.numbers() }
        }
        #expect(error.map(isUnavailable) == true, "\(error as Any)")
        faulty_vfs_arm(0, 0, 0, 0)
        #expect(try await store.numbers() == Array(0..<50))
        await store.close()
        try FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
    }

    @Test("a store that cannot write is not ready, until it can")
    func readiness() async throws {
        let path = try database()
        let store = try await #require(SQLiteDriver.at(path, tried: "300ms")).open(SQLiteTestDatabase.specs, log: .none)
        faulty_vfs_arm(Int32(FAULTY_WRITE), 0, -1, SQLITE_FULL)
        try await store.ping()
        await #expect(throws: StoreError.self) { try await store.insert(["n": 1]) }
        await #expect(throws: StoreError.self) { try await store.ping() }
        faulty_vfs_arm(0, 0, 0, 0)
        try await store.ping()
        await store.close()
        try FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
    }

    @Test("a database that is removed while in use takes no more writes")
    func removed() async throws {
        let database = try SQLiteTestDatabase()
        let store = try await database.open()
        try await store.insert(["n": 1])
        unlink(database.path)
        await #expect(throws: StoreError.self) { try await store.insert(["n": 2]) }
        await #expect(throws: StoreError.self) { try await store.ping() }
        await store.close()
    }
}
