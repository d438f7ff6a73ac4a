import Jobs
import Kernel

/// What becomes of leases that nobody tells of any more.
extension DispatchRegister {
    /// What a look at all leases that are not over has found.
    struct Survey: Sendable {
        var leases: [Lease] = []
        /// Whose jobs are no longer as the lease has it: somebody who knows nothing of leases has changed them.
        var strays: [Lease] = []
    }

    func survey() async throws -> Survey {
        try await store.read { transaction in
            let leases = try leases.active(in: transaction)
            let strays = try strays(among: leases, in: transaction)
            return Survey(leases: leases, strays: strays)
        }
    }

    private func strays(among leases: [Lease], in transaction: any ReadTransaction) throws -> [Lease] {
        var isQueued: [String: Bool] = [:]
        try desk.findInProgress(leases.map(\.job), in: transaction) { job in
            if let id = job.id { isQueued[id] = job.status == .queued }
        }
        return leases.filter { isQueued[$0.job] != ($0.state == .delayed) }
    }

    /// Ends a lease whose job is no longer as the lease has it.
    func mend(_ stray: Lease) async throws {
        try await store.write { transaction in
            guard let lease = try leases.lease(stray.fence, in: transaction), lease.state == stray.state,
                try !strays(among: [lease], in: transaction).isEmpty
            else { return }
            try end(lease, .superseded, by: Self.sweeper, nil, in: transaction)
        }
    }

    /// Takes a job from a holder that is silent: only if the lease is as it was seen, and soon. Where a write had to wait,
    /// so had the beats behind it.
    /// - Returns: what has become of it; nil if the holder was heard of meanwhile, or may have been, or the lease is over.
    func lose(_ seen: Lease) async throws -> Lease.State? {
        let start = ContinuousClock.now
        return try await clock.writing(to: store) { transaction in
            guard ContinuousClock.now - start <= clock.blindness else { return nil }
            guard let lease = try leases.lease(seen.fence, in: transaction), lease.state == .live,
                lease.beat == seen.beat
            else { return nil }
            let operation = JobOperation(rawValue: lease.operation)
            // One that nobody wants any more is not done again.
            let isRequeued = lease.cancel == nil && operation.map(terms.requeued.contains) ?? false
            guard isRequeued else {
                try leases.change(
                    lease, [.set(.leaseState, .string(Lease.State.held.rawValue))], in: transaction)
                try events?.didHold(lease, in: transaction)
                transaction.afterCommit { [news] in news.notify() }
                return .held
            }
            try end(lease, .requeued, by: Self.sweeper, nil, in: transaction)
            try desk.change(
                lease.job, to: .queued, log: "Nothing was heard of \(lease.executor)", by: Self.sweeper,
                .generated(prefix: "", UUID()), in: transaction)
            return .ended
        }
    }
}
