import Jobs
import Kernel
import Maintenance

/// Keeps leases in step with what others do to jobs and to the maintenance flag, in their transactions.
struct DispatchGuard: JobGuard, MaintenanceObserver {
    let register: DispatchRegister

    func jobWillChange(
        _ id: String, to status: JobStatus?, by request: Request, in transaction: any WriteTransaction
    ) throws {
        let token = try request.leaseToken()
        let isOver = status.map { $0.isFinal || $0 == .queued } ?? false
        if isOver { transaction.afterCommit { [news = register.news] in news.notify() } }
        guard let lease = try register.leases.lease(ofJob: id, in: transaction) else {
            if let token { try checkEnd(of: id, token, status, in: transaction) }
            return
        }
        if let token {
            // It was given back for later, and is queued already.
            if lease.state == .delayed, status == .queued, lease.token.isExactly(token.digest) { return }
            guard lease.state == .live, lease.token.isExactly(token.digest) else { throw HTTPError.leaseLost(id) }
            if lease.cancel != nil, status == .queued { throw HTTPError.cancelled(id) }
        } else if lease.isOpen, request.principal.kind != .operator {
            throw HTTPError.leased(lease)
        }
        // A job that was given back for later is anybody's who begins with it.
        guard isOver || lease.state == .delayed && status != nil else { return }
        let end: Lease.End = status?.isFinal == true ? .finished : lease.isOpen ? .released : .superseded
        try register.end(lease, end, by: request.principal, request.id, in: transaction)
    }

    /// A holder that has finished its job, or has given it back, and has not got the reply, says so again.
    private func checkEnd(
        of id: String, _ token: LeaseToken, _ status: JobStatus?, in transaction: any ReadTransaction
    ) throws {
        let lease = try register.leases.lease(ofToken: token, in: transaction)
        guard let lease, lease.job.isExactly(id) else { throw HTTPError.leaseLost(id) }
        if lease.end == .finished { return }
        // As long as nobody has begun with it.
        var isQueued = false
        try register.desk.findInProgress([id], in: transaction) { isQueued = $0.status == .queued }
        guard lease.end == .released, status == .queued, isQueued else { throw HTTPError.leaseLost(id) }
    }

    func jobsWereCreated(in transaction: any WriteTransaction) {
        transaction.afterCommit { [news = register.news] in news.notify() }
    }

    func maintenanceDidChange(
        _ status: JSON, by principal: Principal, _ requestID: RequestID, in transaction: any WriteTransaction
    ) throws {
        let isPaused = try register.maintenance.isPaused(in: transaction)
        try register.gate.write(in: transaction) { gate in
            gate.isPaused = isPaused
            gate.posts += 1
        }
        transaction.afterCommit { [news = register.news] in news.notify() }
    }
}
