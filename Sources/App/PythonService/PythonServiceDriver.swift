import Kernel
import StorageSQLite

/// The SQLite database of the Python service, as a source to copy from: `python-sqlite:FILE`. What its tables say is
/// shown as the documents that this service keeps; nothing can be written.
public struct PythonServiceDriver: StorageDriver {
    public static let schemes = ["python-sqlite"]
    public static var label: String { "the Python service's SQLite database" }

    private let path: String

    public init?(url: StorageURL, reading section: ConfigurationSection) {
        guard let file = StorageURL("sqlite:\(url.rest)"),
            case .file(let path)? = try? SQLiteLocation(file, example: section.product.exampleFile)
        else {
            section.problem(
                "url", "'\(url)' names no file", remedy: "write python-sqlite:/absolute/path.db, of a file that exists")
            return nil
        }
        self.path = path
    }

    public func open(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore {
        let thread = WorkerThread("python-sqlite", limit: 16)
        try thread.start()
        do {
            return try await thread.run { [path] in
                try PythonServiceStore(path, collections, thread)
            }
        } catch {
            thread.stop()
            throw error
        }
    }
}
