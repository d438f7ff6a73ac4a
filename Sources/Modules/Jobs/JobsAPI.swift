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
    /// A job was created or updated; `job` is how it is now. What is written to `transaction` is committed with the
    /// job or not at all. It may be called again for the same change if the transaction is repeated.
    func jobDidChange(_ job: JSON, in transaction: any WriteTransaction) throws
}

/// The observers of this stack; they are added while modules register.
public final class JobObservers: Sendable {
    private let observers = Mutex<[any JobObserver]>([])

    public func add(_ observer: any JobObserver) {
        observers.withLock { $0.append(observer) }
    }

    /// Tells everybody of a job; its text is only parsed if there is anybody.
    func notify(_ job: Document, in transaction: any WriteTransaction) throws {
        let observers = observers.withLock { $0 }
        guard !observers.isEmpty else { return }
        let json = try job.json()
        for observer in observers { try observer.jobDidChange(json, in: transaction) }
    }
}
