import Kernel

/// The statuses of this stack, in the order in which they were posted; the latest one is in force.
struct MaintenanceRegister: Sendable {
    let store: any DocumentStore
    let collection: Collection
    let observers: MaintenanceObservers
    let log: Logger

    /// No two documents have the field `initial`: instances that start together leave one initial status.
    static let spec = CollectionSpec("maintenance", indexes: [.unique(.initial)], instants: ["timestamp"])

    func latest() async throws -> MaintenanceStatus? {
        try await store.read { [collection] in try Self.latest(of: collection, in: $0) }
    }

    /// - Returns: nil if that cannot be told without waiting.
    func latestAtOnce() throws -> MaintenanceStatus?? {
        try store.readAtOnce { try Self.latest(of: collection, in: $0) }
    }

    /// - Parameter request: the one that posts it, for the log.
    func post(_ status: MaintenanceStatus, for request: Request) async throws {
        let (principal, id) = (request.principal, request.id)
        let before = try await store.write { [collection, observers] transaction in
            let before = try Self.latest(of: collection, in: transaction)
            try transaction.insert(status.json.bytes, into: collection)
            try observers.notify(status.json, by: principal, id, in: transaction)
            return before
        }
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
            try await store.write { [collection] transaction in
                if try transaction.first(in: collection, Query()) != nil { return }
                try transaction.insert(bytes, into: collection)
            }
        } catch StoreError.duplicateKey(_, .initial) {
            // Another instance, starting at the same time, was first.
        }
    }

    static func latest(
        of collection: Collection, in transaction: any ReadTransaction
    ) throws -> MaintenanceStatus? {
        try transaction.first(in: collection, Query(order: .reverseEntry)).map {
            MaintenanceStatus(stored: try $0.json())
        }
    }
}

extension FieldPath {
    fileprivate static let initial: FieldPath = "initial"
}
