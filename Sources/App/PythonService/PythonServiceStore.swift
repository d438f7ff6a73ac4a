import Kernel
import StorageSQLite

/// The Python service's database as a store that can only be read: one transaction, from opening to closing.
final class PythonServiceStore: OpenStore, Snapshot {
    private let database: PythonServiceDatabase
    private let sources: [any PythonServiceSource]
    private let thread: WorkerThread

    /// - Parameters:
    ///   - path: the file.
    ///   - collections: what the documents are wanted for, each by its name.
    ///   - thread: where SQLite may block; ended with the store.
    /// - Throws: `BootIssue` if the file is not what it should be.
    init(_ path: String, _ collections: [CollectionSpec], _ thread: WorkerThread) throws {
        self.thread = thread
        let database = try PythonServiceDatabase(path)
        self.database = database
        sources = try collections.map { try PythonServiceStore.source($0, database) }
    }

    private static func source(
        _ spec: CollectionSpec, _ database: PythonServiceDatabase
    ) throws -> any PythonServiceSource {
        switch spec.name {
        case "inprogress": try PythonServiceJobs(areFinished: false, spec, database)
        case "completed": try PythonServiceJobs(areFinished: true, spec, database)
        case "targets": PythonServiceTargets(spec, database)
        case "maintenance": PythonServiceMaintenance(database)
        default: PythonServiceNothing()
        }
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        try await thread.run { [self] in try translatingErrors { try body(Reader(sources: sources)) } }
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> R) async throws -> R {
        throw StoreError.misuse("the Python service's database is only read")
    }

    func snapshot() async throws -> any Snapshot { self }
    var isShared: Bool { false }
    func ping() async throws {}

    func close() async {
        _ = try? await thread.run { [database] in database.close() }
        thread.stop()
    }

    private struct Reader: ReadTransaction {
        let sources: [any PythonServiceSource]

        func find(
            in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
        ) throws {
            guard case .all = query.filter, case .entry = query.order else {
                throw StoreError.misuse("the Python service's database is only read from its beginning to its end")
            }
            let documents = try sources[collection.ordinal].documents(
                behind: query.after?.row ?? .min, limit: query.limit ?? .max)
            for (row, document) in documents {
                if try visit(Position(row: row), document.bytes.span) == .stop { return }
            }
        }

        func count(in collection: Collection, where filter: Filter) throws -> Int {
            guard case .all = filter else {
                throw StoreError.misuse("the documents of the Python service's database are only counted as a whole")
            }
            return try sources[collection.ordinal].count()
        }
    }
}

/// What one collection consists of, in order of entry.
protocol PythonServiceSource: Sendable {
    func count() throws -> Int
    /// - Parameters:
    ///   - row: the last one that was read.
    ///   - limit: how many at most.
    func documents(behind row: Int64, limit: Int) throws -> [(row: Int64, document: JSON)]
}

/// What this service has and the Python service has not.
private struct PythonServiceNothing: PythonServiceSource {
    func count() -> Int { 0 }
    func documents(behind row: Int64, limit: Int) -> [(row: Int64, document: JSON)] { [] }
}
