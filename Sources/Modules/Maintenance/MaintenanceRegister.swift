import Kernel
import Synchronization

/// The statuses of this stack, in the order in which they were posted; the latest one is in force.
///
/// Every executor asks for it every few seconds. Where nobody else writes to the store it is remembered.
final class MaintenanceRegister: Sendable {
    let collection: Collection
    private let store: any DocumentStore
    private let log: Logger
    private let observers: MaintenanceObservers
    private let remembered = Mutex<Latest?>(nil)

    /// No two documents have the field `initial`: instances that start together leave one initial status.
    static let spec = CollectionSpec("maintenance", indexes: [.unique(.initial)], instants: ["timestamp"])

    /// The latest status as it is answered.
    struct Latest: Sendable {
        let position: Position
        let isPaused: Bool
        let bytes: [UInt8]

        init(_ status: MaintenanceStatus, at position: Position) {
            self.position = position
            isPaused = status.isPaused
            bytes = status.json.bytes
        }
    }

    init(store: any DocumentStore, collection: Collection, observers: MaintenanceObservers, log: Logger) {
        self.store = store
        self.observers = observers
        self.collection = collection
        self.log = log
    }

    func latest() async throws -> Latest? {
        if let latest = remembered.withLock({ $0 }) { return latest }
        let stored = try await store.read { [collection] in try Self.latest(of: collection, in: $0) }
        let latest = stored.map { Latest($0, at: $1) }
        if let latest { remember(latest) }
        return latest
    }

    /// - Parameter request: the one that posts it, for the log.
    func post(_ status: MaintenanceStatus, for request: Request) async throws {
        let (principal, id) = (request.principal, request.id)
        let (before, position) = try await store.write { [collection, observers] transaction in
            let before = try Self.latest(of: collection, in: transaction)?.status
            let position = try transaction.insert(status.json.bytes, into: collection)
            try observers.notify(status.json, by: principal, id, in: transaction)
            return (before, position)
        }
        remember(Latest(status, at: position))
        if status.isPaused != before?.isPaused {
            let change = status.isPaused ? "paused, so that no new jobs are started" : "no longer paused"
            let who = request.principal.kind == .anonymous ? "" : ", says \(request.principal)"
            log.with(request).info("\(change): \(status.msg.excerpt)\(who)")
        }
    }

    /// Puts the initial status into an empty collection.
    func initialize() async throws {
        let status = MaintenanceStatus.initial(at: .now)
        guard try await latest() == nil, var document = status.json.object else { return }
        document["initial"] = true
        do {
            let bytes = JSON.object(document).bytes
            let position = try await store.write { [collection] transaction -> Position? in
                if try transaction.first(in: collection, Query()) != nil { return nil }
                return try transaction.insert(bytes, into: collection)
            }
            if let position { remember(Latest(status, at: position)) }
        } catch StoreError.duplicateKey(_, .initial) {
            // Another instance, starting at the same time, was first.
        }
    }

    private static func latest(
        of collection: Collection, in transaction: any ReadTransaction
    ) throws -> (status: MaintenanceStatus, position: Position)? {
        guard let document = try transaction.first(in: collection, Query(order: .reverseEntry)) else { return nil }
        return (MaintenanceStatus(stored: try document.json()), document.position)
    }

    /// Of two statuses the one that entered later counts, whichever comes here first.
    private func remember(_ latest: Latest) {
        if store.isShared { return }
        remembered.withLock { remembered in
            if let known = remembered, known.position > latest.position { return }
            remembered = latest
        }
    }
}

extension FieldPath {
    fileprivate static let initial: FieldPath = "initial"
}
