import Kernel

/// What the jobs module offers to one that hands jobs out.
extension Capability<JobDesk> {
    /// To look for jobs that are to be done, and to change them, in transactions of one's own.
    public static var jobDesk: Self { Self("job desk") }
}

/// Somebody who has a say in who may change jobs.
public protocol JobGuard: Sendable {
    /// A request is about to change a job, if it is in progress. What is written to `transaction` is committed with the
    /// change or not at all; it may be called again if the transaction is repeated.
    /// - Parameter status: the one that the job is to have; nil if it keeps its own.
    /// - Throws: `HTTPError` if the request must not change it.
    func jobWillChange(
        _ id: String, to status: JobStatus?, by request: Request, in transaction: any WriteTransaction) throws

    /// Jobs were created, which are queued.
    func jobsWereCreated(in transaction: any WriteTransaction)
}

/// Finds jobs by what is to be done with them, and changes them as `PUT /jobs/{jobId}` does.
public struct JobDesk: Sendable {
    let register: JobRegister
    let form: JobForm

    private var inProgress: Collection { register.collections.inProgress }

    /// Visits the jobs that are queued and have one of those operations, in order of entry.
    public func findQueued(
        _ operations: [JobOperation], in transaction: any ReadTransaction, visit: (Job) throws -> Visit
    ) throws {
        guard let first = operations.first else { return }
        let isOne =
            operations.count == 1
            ? Filter.equal(.operation, .string(first.rawValue))
            : .among(.operation, operations.map { .string($0.rawValue) })
        try find(.and([.equal(.status, .string(JobStatus.queued.rawValue)), isOne]), in: transaction, visit: visit)
    }

    /// Visits the jobs in progress that somebody has begun with: all that are not queued.
    public func findStarted(in transaction: any ReadTransaction, visit: (Job) throws -> Visit) throws {
        let queued = JSON.string(JobStatus.queued.rawValue)
        try find(.or([.less(.status, queued), .more(.status, queued)]), in: transaction, visit: visit)
    }

    /// Visits those of the jobs that are in progress.
    public func findInProgress(_ ids: [String], in transaction: any ReadTransaction, visit: (Job) throws -> Void) throws
    {
        guard !ids.isEmpty else { return }
        try find(.among(.jobID, ids.map(JSON.string)), in: transaction) {
            try visit($0)
            return .next
        }
    }

    private func find(
        _ filter: Filter, in transaction: any ReadTransaction, visit: (Job) throws -> Visit
    ) throws {
        var query = Query(filter)
        query.showsLastElementsOnly = true
        try transaction.find(in: inProgress, query) { try visit(Job(Document(position: $0, bytes: $1))) }
    }

    /// A job in progress as it is served; nil if there is no such one.
    public func served(_ id: String, in transaction: any ReadTransaction) throws -> [UInt8]? {
        let job = try transaction.first(in: inProgress, Query(.equal(.jobID, .string(id))))
        return job.map { form.served($0.bytes.span) ?? $0.bytes }
    }

    /// Whether there is a job of that id, in progress or finished.
    public func isKnown(_ id: String, in transaction: any ReadTransaction) throws -> Bool {
        try register.collections.inOrder.contains {
            try transaction.first(in: $0, Query(.equal(.jobID, .string(id)))) != nil
        }
    }

    /// Gives a job in progress another status.
    /// - Parameters:
    ///   - log: a line for the job's log, behind the one that tells of the status.
    ///   - principal: who does it.
    ///   - requestID: of the request that does it.
    /// - Returns: false if it is not in progress.
    @discardableResult
    public func change(
        _ id: String, to status: JobStatus, log: String? = nil, by principal: Principal, _ requestID: RequestID,
        in transaction: any WriteTransaction
    ) throws -> Bool {
        let update = JobUpdate(of: id, to: status, log: log)
        let author = JobAuthor(principal, requestID)
        switch try register.apply(update, by: author, at: .now, in: transaction) {
        case .none: return false
        case .known: return true
        case .finished(let document):
            let job = try Job(document)
            transaction.afterCommit { [metrics = register.metrics] in metrics.didFinish(job) }
            return true
        }
    }
}
