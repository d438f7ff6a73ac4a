import Kernel
import StorageSQLite
import Synchronization

/// Lets several services of one test share a store, as instances share a database server.
struct SharedDriver: StorageDriver {
    static let schemes = ["shared", "shared-isolated"]
    static let label = "Shared"

    private let url: StorageURL

    init?(url: StorageURL, reading section: ConfigurationSection) {
        self.url = url
    }

    func open(_ collections: [CollectionSpec], log: Logger) async throws -> any OpenStore {
        let store = try await SharedStores.all.open(url.rest, collections, log)
        return SharedStore(store, isBlindAtFirst: url.scheme == "shared-isolated")
    }
}

/// The stores of all tests, each open until its test is over.
actor SharedStores {
    static let all = SharedStores()

    private var stores: [String: Task<any OpenStore, any Error>] = [:]

    func open(_ path: String, _ collections: [CollectionSpec], _ log: Logger) async throws -> any OpenStore {
        if let store = stores[path] { return try await store.value }
        guard let url = StorageURL("sqlite:\(path)"),
            let driver = SQLiteDriver(url: url, reading: ConfigurationSection())
        else { throw StoreError.misuse("no path: \(path)") }
        let opening = Task { try await driver.open(collections, log: log) }
        stores[path] = opening
        return try await opening.value
    }

    func close(_ path: String) async {
        let store = stores.removeValue(forKey: path)
        try? await store?.value.close()
    }
}

/// One service's view of a shared store. One that is blind at first finds nothing in its first read and its first
/// write: what two transactions see of each other that run at the same moment under snapshot isolation.
private final class SharedStore: OpenStore {
    private let store: any OpenStore
    private let blindReads: Mutex<Int>
    private let blindWrites: Mutex<Int>

    init(_ store: any OpenStore, isBlindAtFirst: Bool) {
        self.store = store
        blindReads = Mutex(isBlindAtFirst ? 1 : 0)
        blindWrites = Mutex(isBlindAtFirst ? 1 : 0)
    }

    var isShared: Bool { true }

    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        let isBlind = blindReads.takeOne()
        return try await store.read { try body(isBlind ? BlindReader() : $0) }
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> R) async throws -> R {
        let isBlind = blindWrites.takeOne()
        return try await store.write { try body(isBlind ? BlindWriter(writer: $0) : $0) }
    }

    func snapshot() async throws -> any Snapshot { try await store.snapshot() }
    func ping() async throws { try await store.ping() }
    func close() {}
}

private struct BlindReader: ReadTransaction {
    func find(
        in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) {}

    func count(in collection: Collection, where filter: Filter) -> Int { 0 }
}

private struct BlindWriter: WriteTransaction {
    let writer: any WriteTransaction

    func find(
        in collection: Collection, _ query: Query, visit: (_ at: Position, _ document: Span<UInt8>) throws -> Visit
    ) {}

    func count(in collection: Collection, where filter: Filter) -> Int { 0 }

    func insert(_ document: [UInt8], into collection: Collection) throws -> Position {
        try writer.insert(document, into: collection)
    }

    func update(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Document? {
        try writer.update(in: collection, where: filter, changes)
    }

    func updateAll(in collection: Collection, where filter: Filter, _ changes: [Change]) throws -> Int {
        try writer.updateAll(in: collection, where: filter, changes)
    }

    func upsert(_ document: [UInt8], in collection: Collection, where filter: Filter) throws {
        try writer.upsert(document, in: collection, where: filter)
    }

    func delete(in collection: Collection, where filter: Filter) throws -> Int {
        try writer.delete(in: collection, where: filter)
    }

    func afterCommit(_ body: @escaping @Sendable () -> Void) { writer.afterCommit(body) }
}

extension Mutex<Int> {
    fileprivate borrowing func takeOne() -> Bool {
        withLock { count in
            if count == 0 { return false }
            count -= 1
            return true
        }
    }
}
