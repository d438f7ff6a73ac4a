import Glibc
import Kernel
import KernelTesting
import StorageSQLite
import Testing

/// A database file for one test, which services may be started on one after the other; gone with its folder at the
/// end.
final class TemporaryDatabase: Sendable {
    let folder: String

    init() throws {
        var template = Array("/tmp/module-tests-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        folder = try #require(made)
    }

    deinit {
        for suffix in ["", "-wal", "-shm", "-lock"] { unlink(file + suffix) }
        rmdir(folder)
    }

    var file: String { "\(folder)/jobs.db" }

    /// Runs a service on it.
    func withService<R: Sendable>(
        _ modules: [any Module.Type], configuration: String = "", transport: TestClient.Transport = .inProcess,
        log: LogRecorder = LogRecorder(), _ body: (TestClient) async throws -> R
    ) async throws -> R {
        try await withApplication(
            modules: modules, drivers: [SQLiteDriver.self], configuration: configuration,
            environment: ["JOB_SERVICE_STORAGE__URL": "sqlite:\(file)"], transport: transport, log: log, body)
    }

    /// Opens it as a store while no service runs, to bring it into a state that no service would leave.
    func withStore(
        _ names: String..., body: (any OpenStore, [Collection]) async throws -> Void
    ) async throws {
        try await withStore(names.map { CollectionSpec($0) }, body)
    }

    func withStore<R>(
        _ specs: [CollectionSpec], _ body: (any OpenStore, [Collection]) async throws -> R
    ) async throws -> R {
        let url = try #require(StorageURL("sqlite:\(file)"))
        let driver = try #require(SQLiteDriver(url: url, reading: ConfigurationSection()))
        let store = try await driver.open(specs, log: Logger("test", sink: LogRecorder()))
        do {
            let result = try await body(store, specs.enumerated().map { Collection(name: $1.name, ordinal: $0) })
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }
}
