import Jobs
import Kernel
import Maintenance

/// Granting: which job goes to whom.
extension DispatchRegister {
    /// What a look at the queue has found.
    struct Look: Sendable {
        /// Whether somebody in the line may be served.
        var isWanted = false
        var isPaused = false
        /// When the next job may be handed out that was given back for later.
        var nextDelay: Duration?
    }

    func look(for tickets: [ClaimLine.Ticket]) async throws -> Look {
        let asked = Set(tickets.flatMap(\.claim.operations))
        let operations = JobOperation.allCases.filter(asked.contains)
        return try await store.read { transaction in
            var look = Look(isPaused: try maintenance.isPaused(in: transaction))
            look.isWanted = try !leases.leases(ofClaims: tickets.map(\.claim.digest), in: transaction).isEmpty
            guard !look.isWanted, !look.isPaused else { return look }
            let queue = try JobQueue(self, in: transaction)
            look.nextDelay = queue.nextDelay
            look.isWanted = try queue.hasJob(of: operations, in: transaction)
            return look
        }
    }

    /// How many jobs are handed out in one transaction.
    private static let grantsInTransaction = 64

    /// Serves those for whom there is something, in their order.
    /// - Returns: what they get, and who was looked for.
    func grant(
        to tickets: [ClaimLine.Ticket]
    ) async throws -> (outcomes: [Int: Result<ClaimLine.Outcome, any Error>], looked: Set<Int>) {
        try await clock.writing(to: store) { transaction in
            let isPaused = try maintenance.isPaused(in: transaction)
            var queue = try JobQueue(self, in: transaction)
            var fence: Int?
            // Of two with one claim's id, the second one gets what the first one got just now.
            var known = try leases.leases(ofClaims: tickets.map(\.claim.digest), in: transaction)
            var outcomes: [Int: Result<ClaimLine.Outcome, any Error>] = [:]
            var looked: Set<Int> = []
            for ticket in tickets where outcomes.count < Self.grantsInTransaction {
                looked.insert(ticket.number)
                if let lease = known[ticket.claim.digest] {
                    outcomes[ticket.number] = try repetition(of: lease, by: ticket.claim, in: transaction)
                    continue
                }
                guard !isPaused, let job = try queue.next(for: ticket.claim, in: transaction) else { continue }
                let next = try fence ?? gate.state(in: transaction).fence
                fence = next + 1
                let grant = try grant(job, to: ticket.claim, next + 1, in: transaction)
                known[ticket.claim.digest] = grant.lease
                outcomes[ticket.number] = .success(.granted(grant))
            }
            if let fence {
                try gate.write(in: transaction) { $0.fence = fence }
                try leases.forgetClaims(before: fence, in: transaction)
            }
            return (outcomes, looked)
        }
    }

    private func grant(
        _ job: JobQueue.Entry, to claim: Claim, _ fence: Int, in transaction: any WriteTransaction
    ) throws -> Grant {
        // One that was given back before, or whose job somebody has queued who knows nothing of leases.
        if let former = try leases.lease(ofJob: job.id, in: transaction) {
            try end(former, .superseded, by: claim.principal, claim.requestID, in: transaction)
        }
        try desk.change(job.id, to: .initiated, by: claim.principal, claim.requestID, in: transaction)
        guard let served = try desk.served(job.id, in: transaction) else {
            throw StoreError.corrupt("job \(job.id) is queued, and not in progress")
        }
        let salt = LeaseToken.salt()
        let token = try LeaseToken(ofClaim: claim.id, salt: salt)
        let lease = Lease(
            fence: fence, state: .live, job: job.id, activeJob: job.id, claim: claim.digest, request: claim.request,
            salt: salt, token: token.digest, executor: claim.executor, operation: job.operation.rawValue,
            target: job.target, beat: 0, grantedAt: .now, cancel: nil, delay: nil, end: nil)
        try leases.insert(lease, in: transaction)
        try events?.didGrant(lease, by: claim.principal, claim.requestID, in: transaction)
        transaction.afterCommit { [clock] in clock.note(fence, beat: 0) }
        return Grant(lease: lease, token: token, job: served, isRepeated: false)
    }

    /// The same lease again, for one whose reply was lost; it is heard of by that.
    private func repetition(
        of lease: Lease, by claim: Claim, in transaction: any WriteTransaction
    ) throws -> Result<ClaimLine.Outcome, any Error> {
        guard lease.request.isExactly(claim.request) else { return .failure(HTTPError.claimReused) }
        guard lease.state == .live, let job = try desk.served(lease.job, in: transaction) else {
            return .failure(HTTPError.claimEnded)
        }
        try beat(lease, in: transaction)
        let token = try LeaseToken(ofClaim: claim.id, salt: lease.salt)
        return .success(.granted(Grant(lease: lease, token: token, job: job, isRepeated: true)))
    }
}

/// The jobs that may be handed out, as one transaction sees them.
struct JobQueue {
    struct Entry {
        let id: String
        let operation: JobOperation
        let target: String
    }

    private let desk: JobDesk
    private let terms: LeaseTerms
    /// Those whose time has not come.
    private var kept: Set<String>
    /// Operations of which nothing is left.
    private var exhausted: Set<[JobOperation]> = []
    /// The shortest time after which one of them may be handed out.
    let nextDelay: Duration?

    init(_ register: DispatchRegister, in transaction: any ReadTransaction) throws {
        (desk, terms) = (register.desk, register.terms)
        let leases = try register.leases.active([.delayed], in: transaction)
        let rests = leases.map { ($0.job, register.clock.rest(of: $0)) }.filter { $0.1 > .zero }
        kept = Set(rests.map(\.0))
        nextDelay = rests.map(\.1).min()
    }

    func hasJob(of operations: [JobOperation], in transaction: any ReadTransaction) throws -> Bool {
        try first(of: operations, in: transaction) != nil
    }

    /// The job that a claim gets, which no other one gets then.
    mutating func next(for claim: Claim, in transaction: any ReadTransaction) throws -> Entry? {
        for rank in terms.ranks(of: claim.operations) where !exhausted.contains(rank) {
            if let entry = try first(of: rank, in: transaction) {
                kept.insert(entry.id)
                return entry
            }
            exhausted.insert(rank)
        }
        return nil
    }

    private func first(of operations: [JobOperation], in transaction: any ReadTransaction) throws -> Entry? {
        var found: Entry?
        try desk.findQueued(operations, in: transaction) { job in
            guard let id = job.id, !kept.contains(id), let operation = job.operation else { return .next }
            found = Entry(id: id, operation: operation, target: job.target ?? "")
            return .stop
        }
        return found
    }
}
