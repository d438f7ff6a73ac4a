import Kernel
import Synchronization

/// What the maintenance module offers to others.
extension Capability<MaintenanceObservers> {
    /// To be told of every status that is posted, inside the transaction that writes it.
    public static var maintenanceObservers: Self { Self("maintenance observers") }
}

/// Somebody who keeps something of their own in step with the maintenance flag.
public protocol MaintenanceObserver: Sendable {
    /// A status was posted. What is written to `transaction` is committed with it or not at all. It may be called again
    /// if the transaction is repeated.
    /// - Parameters:
    ///   - status: as it is served.
    ///   - principal: who has posted it.
    ///   - requestID: of the request that posted it.
    ///   - transaction: the one that writes it.
    func maintenanceDidChange(
        _ status: JSON, by principal: Principal, _ requestID: RequestID, in transaction: any WriteTransaction) throws
}

/// The observers of this stack; they are added while modules register.
public final class MaintenanceObservers: Sendable {
    private let observers = Mutex<[any MaintenanceObserver]>([])
    private let collection: Collection

    /// The shape of a status as it is served.
    public let schema = MaintenanceStatus.schema.json

    init(_ collection: Collection) {
        self.collection = collection
    }

    /// Whether new jobs must not be started, as a transaction sees it.
    public func isPaused(in transaction: any ReadTransaction) throws -> Bool {
        try MaintenanceRegister.latest(of: collection, in: transaction)?.isPaused ?? false
    }

    public func add(_ observer: any MaintenanceObserver) {
        observers.withLock { $0.append(observer) }
    }

    func notify(
        _ status: JSON, by principal: Principal, _ requestID: RequestID, in transaction: any WriteTransaction
    ) throws {
        for observer in observers.withLock({ $0 }) {
            try observer.maintenanceDidChange(status, by: principal, requestID, in: transaction)
        }
    }
}
