import Foundation
import Kernel
import KernelTesting
import StorageSQLite

/// A database file in a folder of its own.
final class SQLiteTestDatabase: TestDatabase {
    let folder: String
    var path: String { folder + "/test.db" }

    init() throws {
        folder = try Self.makeFolder()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// In memory where that is possible: what is tested is that data is synced, not how fast a disk does it.
    static func makeFolder() throws -> String {
        let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(base)/storage-tests-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TestError("mkdtemp: \(errno)") }
        return String(cString: made)
    }

    func open(_ collections: [CollectionSpec]) async throws -> any OpenStore {
        guard let driver = SQLiteDriver.at(path) else { throw TestError("the URL is refused") }
        return try await driver.open(collections, log: .none)
    }

    func remove() async {
        try? FileManager.default.removeItem(atPath: folder)
    }
}

struct TestError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

extension SQLiteDriver {
    /// - Parameter tried: how long a write is tried.
    static func at(_ path: String, tried: String = "25s") -> SQLiteDriver? {
        let storage = Configuration(yaml: "storage: {sqlite: {busyTimeout: \(tried)}}").root.section("storage")
        return StorageURL("sqlite:\(path)").flatMap { SQLiteDriver(url: $0, reading: storage) }
    }
}

extension Logger {
    /// Goes nowhere.
    static var none: Logger { Logger("storage", sink: LogRecorder(level: .critical)) }
}
