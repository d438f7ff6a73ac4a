import Jobs
import Kernel
import Maintenance

/// Hands jobs out and takes them back. Each step is one transaction, which changes the lease, its job, the gate and what
/// events tell of it together.
struct DispatchRegister: Sendable {
    let store: any DocumentStore
    let leases: LeaseRegister
    let gate: DispatchGate
    let desk: JobDesk
    let maintenance: MaintenanceObservers
    let clock: LeaseClock
    let news: ChangeSignal
    let events: LeaseEvents?
    let terms: LeaseTerms

    /// Who gives a job back that was lost.
    static let sweeper = Principal(service: "dispatch", roles: [])

    /// Ends a lease, in the transaction that takes its job from its holder.
    func end(
        _ lease: Lease, _ end: Lease.End, by principal: Principal, _ requestID: RequestID?,
        in transaction: any WriteTransaction
    ) throws {
        try leases.end(lease, end, in: transaction)
        if lease.isOpen { try events?.didRelease(lease, end, by: principal, requestID, in: transaction) }
        transaction.afterCommit { [news] in news.notify() }
    }

    /// The lease of a job that a token holds.
    /// - Throws: `HTTPError` 409 if it holds none.
    func lease(ofJob id: String, heldBy token: LeaseToken, in transaction: any ReadTransaction) throws -> Lease {
        guard let lease = try leases.lease(ofJob: id, in: transaction), lease.state == .live,
            lease.token.isExactly(token.digest)
        else { throw HTTPError.leaseLost(id) }
        return lease
    }
}

/// How leases are kept, and in which order jobs are handed out.
struct LeaseTerms: Sendable {
    /// For how many seconds a holder need not be heard of.
    let seconds: Int
    /// How much longer the service waits.
    let grace: Duration
    /// What comes first; all others come behind, equal among themselves.
    let priority: [JobOperation]
    /// Which lost jobs go back to the queue instead of being held.
    let requeued: Set<JobOperation>

    var beatSeconds: Int { max(1, seconds / 3) }
    /// Behind which silence a lease is lost.
    var silence: Duration { .seconds(seconds) + grace }

    /// Operations by their priority, the first ones first.
    func ranks(of operations: [JobOperation]) -> [[JobOperation]] {
        let first = priority.filter(operations.contains).map { [$0] }
        let rest = operations.filter { !priority.contains($0) }
        return rest.isEmpty ? first : first + [rest]
    }
}
