import Synchronization

/// The store as modules hold it from their registration on: bound to the open one later, and unbound at the end.
final class LateStore: DocumentStore {
    let timings = StorageTimings()
    private let bound = Mutex<(any OpenStore)?>(nil)

    func bind(_ store: (any OpenStore)?) {
        bound.withLock { $0 = store }
    }

    private func open() throws -> any OpenStore {
        guard let store = bound.withLock({ $0 }) else {
            throw StoreError.unavailable(reason: "the storage is not open", retryAfter: 1)
        }
        return store
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> R) async throws -> R {
        try await timings.measure(.read) { try await open().read(body) }
    }

    func readAtOnce<R>(_ body: (any ReadTransaction) throws -> R) throws -> R? {
        guard let store = bound.withLock({ $0 }) else { return nil }
        return try timings.measure(.read) { try store.readAtOnce(body) }
    }

    func revision(of collections: [Collection]) -> UInt64? { bound.withLock { $0 }?.revision(of: collections) }

    func write<R: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> R) async throws -> R {
        try await timings.measure(.write) { try await open().write(body) }
    }

    func snapshot() async throws -> any Snapshot {
        try await timings.measure(.snapshot) { try await open().snapshot() }
    }

    var isShared: Bool { bound.withLock { $0?.isShared } ?? true }

    var waitingRoom: SpoolArea? { bound.withLock { $0?.waitingRoom } }

    func ping() async throws { try await open().ping() }
}
