import Kernel
import Synchronization

/// What the jobs module offers to others.
extension Capability<JobObservers> {
    /// To be told of every created or updated job, inside the transaction that writes it.
    public static var jobObservers: Self { Self("job observers") }
}

extension Capability<JobList> {
    /// To list the jobs of a target.
    public static var jobList: Self { Self("job list") }
}

extension Capability<JobCollections> {
    /// To read jobs in transactions of one's own.
    public static var jobCollections: Self { Self("job collections") }
}

/// Somebody who keeps something of their own in step with jobs.
public protocol JobObserver: Sendable {
    /// Jobs were created, or one was updated; `jobs` are as they are now, in that order. What is written to
    /// `transaction` is committed with them or not at all. It may be called again for the same changes if the
    /// transaction is repeated; what is to happen once they are there for good goes into `transaction.afterCommit`.
    /// - Parameters:
    ///   - jobs: the jobs as they are stored.
    ///   - principal: who has changed them; not who posted them, which each of them says itself.
    ///   - transaction: the one that writes them.
    func jobsDidChange(_ jobs: [JSON], by principal: Principal, in transaction: any WriteTransaction) throws
}

/// The observers of this stack; they are added while modules register.
public final class JobObservers: Sendable {
    private let observers = Mutex<[any JobObserver]>([])

    public func add(_ observer: any JobObserver) {
        observers.withLock { $0.append(observer) }
    }

    /// Tells everybody of jobs; their text is only parsed if there is anybody.
    func notify(_ jobs: [Document], by principal: Principal, in transaction: any WriteTransaction) throws {
        let observers = observers.withLock { $0 }
        guard !observers.isEmpty, !jobs.isEmpty else { return }
        let values = try jobs.map { try $0.json() }
        for observer in observers { try observer.jobsDidChange(values, by: principal, in: transaction) }
    }
}
