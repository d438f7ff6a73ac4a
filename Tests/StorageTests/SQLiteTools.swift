import CSQLite
import Glibc
import Kernel
import KernelTesting
import Synchronization

@testable import StorageSQLite

/// Runs SQL on a file as the `sqlite3` program would, and returns the first column of the first row.
@discardableResult
func sqlite(_ path: String, _ sql: String) throws -> String? {
    var handle: OpaquePointer?
    defer { sqlite3_close(handle) }
    guard sqlite3_open(path, &handle) == SQLITE_OK else { throw TestError("cannot open \(path)") }
    sqlite3_busy_timeout(handle, 5000)
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
        throw TestError(String(cString: sqlite3_errmsg(handle)))
    }
    defer { sqlite3_finalize(statement) }
    guard sqlite3_step(statement) == SQLITE_ROW else { return nil }
    return sqlite3_column_text(statement, 0).map { String(cString: $0) }
}

/// A small file system in memory, mounted for a test; only root may do that.
final class SmallFileSystem {
    let folder: String

    static var isAllowed: Bool {
        (try? SmallFileSystem(kibibytes: 64))?.remove() != nil
    }

    init(kibibytes: Int) throws {
        folder = try SQLiteTestDatabase.makeFolder()
        guard mount("none", folder, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
            rmdir(folder)
            throw TestError("mount: \(errno)")
        }
    }

    func makeReadOnly() throws {
        // Another test's child process holds open files for the moment between its fork and its exec.
        for _ in 0..<500 {
            if mount("none", folder, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 { return }
            guard errno == EBUSY else { break }
            usleep(10_000)
        }
        throw TestError("remount: \(errno)")
    }

    func remove() {
        umount2(folder, Int32(MNT_DETACH))
        rmdir(folder)
    }
}

/// Opens a store with settings that are not the default.
func open(_ path: String, log: Logger = .none, _ change: (inout SQLiteSettings) -> Void) async throws -> any OpenStore {
    var settings = SQLiteSettings()
    change(&settings)
    return try await SQLiteDriver(.file(path), settings).open(SQLiteTestDatabase.specs, log: log)
}

let alpha = Collection(name: "alpha", ordinal: 0)

extension SQLiteTestDatabase {
    static let specs = ["alpha", "beta"].map { CollectionSpec($0, indexes: [.unique("key"), .lookup("tags[]")]) }

    func open() async throws -> any OpenStore { try await open(Self.specs) }

    /// Makes a database with one document, closed again.
    func fill() async throws {
        let store = try await open()
        try await store.insert(["key": "k", "n": 1])
        await store.close()
    }
}

extension DocumentStore {
    func insert(_ document: JSON) async throws {
        _ = try await write { try $0.insert(document.bytes, into: alpha) }
    }

    func numbers() async throws -> [Int] {
        try await read { transaction in
            var numbers: [Int] = []
            try transaction.find(in: alpha, Query()) { _, bytes in
                if case .integer(let number)? = try JSON(parsing: bytes)["n"] { numbers.append(Int(number)) }
                return .next
            }
            return numbers
        }
    }
}

func isUnavailable(_ error: any Error) -> Bool {
    if case StoreError.unavailable = error { true } else { false }
}
