import Kernel

/// The leases, as transactions find and change them.
struct LeaseRegister: Sendable {
    let collection: Collection

    static let spec = CollectionSpec(
        "leases",
        indexes: [
            .unique(.fence), .unique(.activeJob), .unique(.claim), .unique(.token), .lookup(.leaseState, .fence),
        ])

    /// So many jobs may be given back for later: each look at the queue reads their leases.
    static let mostDelayed = 1000
    /// So many claims are remembered behind the end of their leases.
    static let rememberedClaims = 10_000

    func lease(ofJob id: String, in transaction: any ReadTransaction) throws -> Lease? {
        try first(.equal(.activeJob, .string(id)), in: transaction)
    }

    func lease(ofToken token: LeaseToken, in transaction: any ReadTransaction) throws -> Lease? {
        try first(.equal(.token, .string(token.digest)), in: transaction)
    }

    func lease(_ fence: Int, in transaction: any ReadTransaction) throws -> Lease? {
        try first(.equal(.fence, .integer(Int64(fence))), in: transaction)
    }

    private func first(_ filter: Filter, in transaction: any ReadTransaction) throws -> Lease? {
        try transaction.first(in: collection, Query(filter)).map(Lease.init)
    }

    /// The leases of those claims that have been granted, by the digests of their ids.
    func leases(ofClaims digests: [String], in transaction: any ReadTransaction) throws -> [String: Lease] {
        var leases: [String: Lease] = [:]
        // So many at once that a request stays small.
        for start in stride(from: 0, to: digests.count, by: 500) {
            let some = digests[start..<min(start + 500, digests.count)]
            try transaction.find(in: collection, Query(.among(.claim, some.map(JSON.string)))) {
                let lease = try Lease(Document(position: $0, bytes: $1))
                leases[lease.claim] = lease
                return .next
            }
        }
        return leases
    }

    /// The fence of the last grant, as leases tell it; 0 if there was none.
    func highestFence(in transaction: any ReadTransaction) throws -> Int {
        let last = try transaction.first(in: collection, Query(order: .reverseEntry, limit: 1))
        return try last.map(Lease.init)?.fence ?? 0
    }

    /// Those that are not over, in the order in which they were granted.
    func active(
        _ states: [Lease.State] = [.live, .held, .delayed], in transaction: any ReadTransaction
    ) throws -> [Lease] {
        var leases: [Lease] = []
        let isOne = Filter.among(.leaseState, states.map { .string($0.rawValue) })
        try transaction.find(in: collection, Query(isOne)) {
            leases.append(try Lease(Document(position: $0, bytes: $1)))
            return .next
        }
        return leases.sorted { $0.fence < $1.fence }
    }

    /// - Throws: `HTTPError` 503 if no other job may be given back for later.
    func checkDelayed(in transaction: any ReadTransaction) throws {
        let isDelayed = Filter.equal(.leaseState, .string(Lease.State.delayed.rawValue))
        guard try transaction.count(in: collection, where: isDelayed) < Self.mostDelayed else {
            throw HTTPError.tooManyDelayed(Self.mostDelayed)
        }
    }

    func insert(_ lease: Lease, in transaction: any WriteTransaction) throws {
        try transaction.insert((Lease.schema.json(of: lease) ?? .null).bytes, into: collection)
    }

    /// Deletes what is over and lies far behind the last grant.
    func forgetClaims(before fence: Int, in transaction: any WriteTransaction) throws {
        let isForgotten = Filter.and([
            .equal(.leaseState, .string(Lease.State.ended.rawValue)),
            .atMost(.fence, .integer(Int64(fence - Self.rememberedClaims))),
        ])
        _ = try transaction.delete(in: collection, where: isForgotten)
    }

    func change(_ lease: Lease, _ changes: [Change], in transaction: any WriteTransaction) throws {
        let isIt = Filter.equal(.fence, .integer(Int64(lease.fence)))
        _ = try transaction.update(in: collection, where: isIt, changes)
    }

    /// Ends a lease; one that was given back stays known as such.
    func end(_ lease: Lease, _ end: Lease.End, in transaction: any WriteTransaction) throws {
        try change(
            lease,
            [
                .set(.leaseState, .string(Lease.State.ended.rawValue)), .unset(.activeJob),
                .set("end", .string((lease.end ?? end).rawValue)),
            ], in: transaction)
    }
}
