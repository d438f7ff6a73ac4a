import Jobs
import Kernel
import Maintenance

/// What the holder of a lease tells: that it works on, and that it gives its job back.
extension DispatchRegister {
    /// What a holder is to do.
    enum Command: String, Vocabulary {
        case `continue`
        /// Finish the job, and take no other one: jobs are paused.
        case drain
        /// Give the job up.
        case cancel
    }

    func beat(ofJob id: String, _ token: LeaseToken) async throws -> Command {
        try await clock.writing(to: store) { transaction in
            let lease = try lease(ofJob: id, heldBy: token, in: transaction)
            try beat(lease, in: transaction)
            if lease.cancel != nil { return .cancel }
            return try maintenance.isPaused(in: transaction) ? .drain : .continue
        }
    }

    func beat(_ lease: Lease, in transaction: any WriteTransaction) throws {
        let beat = lease.beat + 1
        try leases.change(lease, [.set(.beat, .integer(Int64(beat)))], in: transaction)
        transaction.afterCommit { [clock] in clock.note(lease.fence, beat: beat) }
    }

    /// Puts a job back into the queue, or fails it if it is cancelled. One that was given back already, by the same
    /// token, stays as it is.
    func release(_ body: ReleaseBody, _ token: LeaseToken, for request: Request) async throws {
        let (principal, requestID) = (request.principal, request.id)
        try await store.write { transaction in
            let known = try leases.lease(ofToken: token, in: transaction)
            if let known, known.wasGivenBack, known.job.isExactly(body.jobID) { return }
            let lease = try lease(ofJob: body.jobID, heldBy: token, in: transaction)
            if let reason = lease.cancel {
                try end(lease, .cancelled, by: principal, requestID, in: transaction)
                try desk.change(lease.job, to: .failed, log: reason, by: principal, requestID, in: transaction)
                return
            }
            try desk.change(lease.job, to: .queued, log: body.log, by: principal, requestID, in: transaction)
            let delay = body.delaySeconds ?? 0
            guard delay > 0 else { return try end(lease, .released, by: principal, requestID, in: transaction) }
            try leases.checkDelayed(in: transaction)
            let beat = lease.beat + 1
            try leases.change(
                lease,
                [
                    .set(.leaseState, .string(Lease.State.delayed.rawValue)), .set(.beat, .integer(Int64(beat))),
                    .set("delay", .integer(Int64(delay))), .set("end", .string(Lease.End.released.rawValue)),
                ], in: transaction)
            try events?.didRelease(lease, .released, by: principal, requestID, in: transaction)
            transaction.afterCommit { [clock, news] in
                clock.note(lease.fence, beat: beat)
                news.notify()
            }
        }
    }
}
