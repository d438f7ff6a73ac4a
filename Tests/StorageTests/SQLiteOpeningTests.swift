import Foundation
import Kernel
import KernelTesting
import Testing

@testable import StorageSQLite

@Suite("Opening a SQLite database")
struct SQLiteOpeningTests {
    let database: SQLiteTestDatabase

    init() throws {
        database = try SQLiteTestDatabase()
    }

    /// Opens and returns what is told to the operator.
    private func issue(_ path: String? = nil) async throws -> String {
        do {
            let driver = try #require(SQLiteDriver.at(path ?? database.path))
            try await driver.open(SQLiteTestDatabase.specs, log: .none).close()
            return "opened"
        } catch let issue as BootIssue {
            #expect(issue.kind == .environment)
            #expect(issue.remedy != nil)
            return issue.what
        }
    }

    @Test(
        "a URL names a file in any of the usual forms",
        arguments: [
            ("sqlite:/a/b.db", "/a/b.db"), ("sqlite:./b.db", "./b.db"), ("sqlite:b.db", "b.db"),
            ("sqlite:///a/b.db", "/a/b.db"), ("SQLITE:a@b.db", "a@b.db"), ("sqlite:/a b/ü.db", "/a b/ü.db"),
        ])
    func urls(_ text: String, path: String) throws {
        #expect(try SQLiteLocation(try #require(StorageURL(text)), example: "a.db") == .file(path))
    }

    @Test(
        "a URL that names no file is refused",
        arguments: ["sqlite:", "sqlite://host/a.db", "sqlite:/a/", "sqlite:..", "sqlite:~/a.db", "sqlite:a.db?mode=ro"])
    func badURLs(_ text: String) throws {
        let url = try #require(StorageURL(text))
        #expect(throws: SQLiteURLError.self) { try SQLiteLocation(url, example: "a.db") }
        #expect(SQLiteDriver(url: url, reading: ConfigurationSection()) == nil)
    }

    @Test("a database in memory behaves like another and leaves nothing behind")
    func memory() async throws {
        let driver = try #require(SQLiteDriver(url: StorageURL("sqlite::memory:")!, reading: ConfigurationSection()))
        let first = try await driver.open(SQLiteTestDatabase.specs, log: .none)
        let second = try await driver.open(SQLiteTestDatabase.specs, log: .none)
        try await first.insert(["n": 1])
        #expect(try await first.numbers() == [1])
        #expect(try await second.numbers() == [])
        let file = try #require((first as? SQLiteStore)?.file.path)
        #expect(access(file, F_OK) == 0)
        await first.close()
        await second.close()
        #expect(access(file, F_OK) != 0)
        #expect(access((file as NSString).deletingLastPathComponent, F_OK) != 0)
    }

    @Test("all files are their owner's alone, whatever the umask")
    func permissions() async throws {
        let before = umask(0)
        defer { umask(before) }
        let path = database.folder + "/new/test.db"
        let store = try await #require(SQLiteDriver.at(path)).open(SQLiteTestDatabase.specs, log: .none)
        try await store.insert(["n": 1])
        for suffix in ["", "-wal", "-shm", "-lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(path + suffix)")
        }
        let folder = try FileManager.default.attributesOfItem(atPath: database.folder + "/new")
        #expect(folder[.posixPermissions] as? Int == 0o700)
        await store.close()
    }

    @Test("the last folder of the path is made, those above it are not")
    func folders() async throws {
        #expect(try await issue(database.folder + "/new/test.db") == "opened")
        #expect(try await issue(database.folder + "/a/b/test.db").contains("\(database.folder)/a/b"))
        #expect(try await issue(database.folder + "/new/test.db/x.db").contains("/new/test.db"))
    }

    @Test("a path that is a folder or a FIFO is told as such")
    func kinds() async throws {
        #expect(try await issue(database.folder).contains("is a folder"))
        mkfifo(database.path, 0o600)
        #expect(try await issue().contains("no regular file"))
    }

    @Test("a file that is no database is refused", arguments: [10, 100, 5000, 100_000])
    func junk(size: Int) async throws {
        let junk = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 13) })
        try junk.write(to: URL(fileURLWithPath: database.path))
        let what = try await issue()
        #expect(what.contains(database.path) && what.contains("no SQLite database"), "\(what)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: database.path)) == junk)
    }

    @Test("a damaged database is told as such")
    func damaged() async throws {
        try await database.fill()
        let file = try #require(FileHandle(forUpdatingAtPath: database.path))
        try file.seek(toOffset: 100)
        file.write(Data(repeating: 0xff, count: 3900))
        try file.close()
        let what = try await issue()
        #expect(what.contains(database.path) && what.contains("damaged"), "\(what)")
    }

    @Test("another application's database is refused and not touched")
    func foreign() async throws {
        try sqlite(database.path, "CREATE TABLE theirs (a)")
        #expect(try await issue().contains("another application"))
        #expect(try sqlite(database.path, "SELECT count(*) FROM sqlite_schema") == "1")
        #expect(try sqlite(database.path, "PRAGMA journal_mode") == "delete")
        try sqlite(database.path, "PRAGMA application_id = 77")
        #expect(try await issue().contains("application_id 77"))
    }

    @Test("a database of a newer version is refused")
    func newer() async throws {
        try await database.fill()
        try sqlite(database.path, "PRAGMA user_version = 99")
        let what = try await issue()
        #expect(what.contains("newer version") && what.contains("99"), "\(what)")
    }

    @Test("opening again as it was changes nothing in the schema")
    func idempotent() async throws {
        try await database.fill()
        let before = try sqlite(database.path, "PRAGMA schema_version")
        let log = LogRecorder(level: .info)
        let store = try await #require(SQLiteDriver.at(database.path)).open(
            SQLiteTestDatabase.specs, log: Logger("storage", sink: log))
        await store.close()
        #expect(try sqlite(database.path, "PRAGMA schema_version") == before)
        #expect(log.entries.isEmpty)
    }

    @Test("closing leaves one file with everything in it")
    func closing() async throws {
        try await database.fill()
        #expect(access(database.path + "-wal", F_OK) != 0)
        #expect(try sqlite(database.path, "SELECT document ->> 'key' FROM alpha") == "k")
        #expect(try sqlite(database.path, "PRAGMA integrity_check") == "ok")
    }
}

@Suite("A SQLite database has one service")
struct SQLiteLockTests {
    let database: SQLiteTestDatabase

    init() throws {
        database = try SQLiteTestDatabase()
    }

    @Test("a second one in this process is refused until the first is closed")
    func inProcess() async throws {
        let store = try await database.open()
        await #expect(throws: BootIssue.self) { try await database.open() }
        try await store.insert(["n": 1])
        await store.close()
        let again = try await database.open()
        #expect(try await again.numbers() == [1])
        await again.close()
    }

    @Test("a second process is refused, naming the first, until that is killed")
    func processes() async throws {
        let first = try StoreProcess(database.path, "hold")
        #expect(await first.line() == "open")
        let second = try StoreProcess(database.path, "hold")
        let told = try #require(await second.line())
        #expect(told.contains("process \(first.pid)") && told.contains(database.path), "\(told)")
        #expect(await second.end() == 1)
        await first.kill()
        let third = try StoreProcess(database.path, "hold")
        #expect(await third.line() == "open")
        #expect(await third.end() == 0)
    }

    @Test("other tools can read it meanwhile")
    func tools() async throws {
        let store = try await database.open()
        try await store.insert(["key": "k"])
        #expect(try sqlite(database.path, "SELECT document ->> 'key' FROM alpha") == "k")
        try sqlite(database.path, "VACUUM INTO '\(database.path).backup'")
        #expect(try sqlite(database.path + ".backup", "SELECT count(*) FROM alpha") == "1")
        try await store.insert(["key": "l"])
        await store.close()
    }

    @Test("what was acknowledged survives kill -9, whole", arguments: 1...3)
    func killed(round: Int) async throws {
        let probe = try StoreProcess(database.path, "write")
        #expect(await probe.line() == "open")
        var kept: Set<Int> = []
        for _ in 0..<(500 * round) {
            let line = try #require(await probe.line())
            kept.insert(try #require(Int(line.dropFirst("kept ".count))))
        }
        await probe.kill()
        while let line = await probe.line() { kept.insert(try #require(Int(line.dropFirst("kept ".count)))) }

        let store = try await database.open()
        let numbers = try await store.numbers()
        #expect(kept.isSubset(of: numbers))
        #expect(numbers.count == Set(numbers).count)
        let (first, second, tagged) = try await store.read { transaction in
            let beta = Collection(name: "beta", ordinal: 1)
            return (
                try transaction.count(in: alpha, where: .all), try transaction.count(in: beta, where: .all),
                try transaction.count(in: alpha, where: .contains("tags[]", "t"))
            )
        }
        #expect(first == second)
        #expect(first == tagged)
        await store.close()
        #expect(try sqlite(database.path, "PRAGMA integrity_check") == "ok")
    }
}

@Suite("SQLite without rights", .enabled(if: geteuid() == 0 && SmallFileSystem.isAllowed))
struct SQLiteRightsTests {
    @Test("a folder that may not be written is told, with the user")
    func folder() async throws {
        let database = try SQLiteTestDatabase()
        let probe = try StoreProcess(database.path, "hold", user: 65534)
        let told = try #require(await probe.line())
        #expect(told.contains("Permission denied") && told.contains("65534") && told.contains(database.path), "\(told)")
        #expect(await probe.end() == 1)
    }

    @Test("a database that may not be written is told")
    func file() async throws {
        let database = try SQLiteTestDatabase()
        try await database.fill()
        chmod(database.folder, 0o777)
        chmod(database.path, 0o444)
        unlink(database.path + "-lock")
        let probe = try StoreProcess(database.path, "hold", user: 65534)
        let told = try #require(await probe.line())
        #expect(told.contains("Permission denied") && told.contains(database.path), "\(told)")
        #expect(await probe.end() == 1)
    }

    @Test("a read-only file system is told", arguments: [true, false])
    func readOnly(hasDatabase: Bool) async throws {
        let disk = try SmallFileSystem(kibibytes: 2048)
        defer { disk.remove() }
        let path = disk.folder + "/test.db"
        if hasDatabase { try await #require(SQLiteDriver.at(path)).open([], log: .none).close() }
        try disk.makeReadOnly()
        do {
            _ = try await #require(SQLiteDriver.at(path)).open([], log: .none)
            Issue.record("it opened")
        } catch let issue as BootIssue {
            #expect(issue.what.contains("Read-only"))
            #expect(issue.remedy?.contains("read-only") == true)
        }
    }
}
