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

extension Capability<Reloadable<Bool>> {
    /// Whether jobs that release a new version may be posted on this stack, where the register is not divided.
    public static var isBumpEnabled: Self { Self("is bump enabled") }
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

/// What one transaction has made of jobs, for those who keep a history of it.
public struct JobChange: Sendable {
    public enum Kind: Sendable {
        case created
        case updated
        /// Completed or failed.
        case finished
    }

    public struct Job: Sendable {
        public let id: String
        /// JSON text, as it is served, but of the log no more than the lines that came last, one at least if there are
        /// any: a whole log would cost more with each line.
        public let text: [UInt8]
    }

    public let kind: Kind
    /// Those that were created, or the one that was changed, as they are now.
    public let jobs: [Job]
    /// Which status it had before, if the change has set one.
    public let previousStatus: String?
    /// Who has changed them.
    public let principal: Principal
    /// Of the request that did it.
    public let requestID: RequestID
    /// Where that request stands in a distributed trace, if its client told.
    public let trace: TraceContext?
}

/// Somebody who writes down what becomes of jobs.
public protocol JobChangeObserver: Sendable {
    /// As `JobObserver` is told, once for each transaction.
    func jobsDidChange(_ change: JobChange, in transaction: any WriteTransaction) throws
}

/// The observers of this stack; they are added while modules register.
public final class JobObservers: Sendable {
    private struct State {
        var observers: [any JobObserver] = []
        var historians: [any JobChangeObserver] = []
        var guards: [any JobGuard] = []
    }

    private let state = Mutex(State())
    private let form: JobForm

    init(_ form: JobForm) {
        self.form = form
    }

    public func add(_ observer: any JobObserver) {
        state.withLock { $0.observers.append(observer) }
    }

    public func add(_ historian: any JobChangeObserver) {
        state.withLock { $0.historians.append(historian) }
    }

    public func add(_ guardian: any JobGuard) {
        state.withLock { $0.guards.append(guardian) }
    }

    private var guards: [any JobGuard] { state.withLock { $0.guards } }

    /// Asks everybody who has a say in it whether a request may change a job.
    func check(_ update: JobUpdate, _ request: Request, in transaction: any WriteTransaction) throws {
        for guardian in guards {
            try guardian.jobWillChange(update.jobID, to: update.status, by: request, in: transaction)
        }
    }

    /// Whether anybody wants to know what was before.
    var keepHistory: Bool { state.withLock { !$0.historians.isEmpty } }

    /// A job as it is stored.
    struct Changed {
        let id: String
        let document: Document
        /// What the document says, where that is known already.
        var json: JSON?
    }

    /// Tells everybody of jobs; their text is only parsed if there is anybody.
    func notify(
        _ kind: JobChange.Kind, _ jobs: [Changed], from previousStatus: String? = nil, by author: JobAuthor,
        in transaction: any WriteTransaction
    ) throws {
        let (observers, historians) = state.withLock { ($0.observers, $0.historians) }
        guard !jobs.isEmpty else { return }
        if kind == .created {
            for guardian in guards { guardian.jobsWereCreated(in: transaction) }
        }
        if !observers.isEmpty {
            let values = try jobs.map { try $0.json ?? $0.document.json() }
            for observer in observers {
                try observer.jobsDidChange(values, by: author.principal, in: transaction)
            }
        }
        guard !historians.isEmpty else { return }
        let served = jobs.map { job in
            JobChange.Job(id: job.id, text: form.served(job.document.bytes.span) ?? job.document.bytes)
        }
        let change = JobChange(
            kind: kind, jobs: served, previousStatus: previousStatus, principal: author.principal,
            requestID: author.requestID, trace: author.trace)
        for historian in historians { try historian.jobsDidChange(change, in: transaction) }
    }
}

/// Who changes jobs, and by which request.
struct JobAuthor: Sendable {
    let principal: Principal
    let requestID: RequestID
    let trace: TraceContext?

    init(_ request: Request) {
        self.init(request.principal, request.id, request.trace)
    }

    init(_ principal: Principal, _ requestID: RequestID, _ trace: TraceContext? = nil) {
        self.trace = trace
        self.principal = principal
        self.requestID = requestID
    }
}
