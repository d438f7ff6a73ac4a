import Jobs
import Kernel

/// What people decide: that a job is not to be done, and what becomes of one that is held.
extension DispatchRegister {
    /// - Returns: whether the job is over; otherwise its holder is told with the next beat.
    func cancel(_ body: CancelBody, for request: Request) async throws -> Bool {
        let (id, principal, requestID) = (body.jobID, request.principal, request.id)
        return try await store.write { transaction in
            let lease = try leases.lease(ofJob: id, in: transaction)
            if let lease, lease.state == .live {
                try leases.change(lease, [.set("cancel", .string(body.reason))], in: transaction)
                return false
            }
            if lease?.state == .held { throw HTTPError.held(id) }
            var status: JobStatus?
            var isThere = false
            try desk.findInProgress([id], in: transaction) { (status, isThere) = ($0.status, true) }
            guard isThere else { throw HTTPError.noSuchJob(id) }
            guard status == .queued else { throw HTTPError.untracked(id) }
            if let lease { try end(lease, .failed, by: principal, requestID, in: transaction) }
            try desk.change(id, to: .failed, log: body.reason, by: principal, requestID, in: transaction)
            return true
        }
    }

    func resolve(_ body: ResolutionBody, for request: Request) async throws {
        let (id, principal, requestID) = (body.jobID, request.principal, request.id)
        try await store.write { transaction in
            guard let lease = try leases.lease(ofJob: id, in: transaction), lease.state == .held else {
                throw try desk.isKnown(id, in: transaction) ? HTTPError.notHeld(id) : HTTPError.noSuchJob(id)
            }
            let (status, outcome): (JobStatus, Lease.End) =
                body.action == .requeue ? (.queued, .requeued) : (.failed, .failed)
            try end(lease, outcome, by: principal, requestID, in: transaction)
            try desk.change(id, to: status, log: body.reason, by: principal, requestID, in: transaction)
        }
    }
}
