import Jobs
import Kernel

/// Keeps the collection of targets in step with jobs: within the transaction that changes a job, so that the two can
/// never disagree.
struct TargetRegister: JobObserver {
    let collection: Collection

    static let spec = CollectionSpec("targets", indexes: [.unique(.name)], instants: ["lastUpdatedAt"])

    func jobDidChange(_ job: JSON, in transaction: any WriteTransaction) throws {
        for target in Target.targets(of: job) { try put(target, in: transaction) }
    }

    private func put(_ target: Target, in transaction: any WriteTransaction) throws {
        try transaction.upsert(target.json.bytes, in: collection, where: target.isThis)
    }
}

// Targets derived from jobs afterwards, which may be older than what is known by now.
extension TargetRegister {
    /// Those of `targets` that the collection lacks, or has in an older state.
    func outdated(_ targets: [Target], in transaction: any ReadTransaction) throws -> [Target] {
        var known: [String: JSON] = [:]
        let names = targets.map { JSON.string($0.name) }
        try transaction.find(in: collection, Query(.among(.name, names))) {
            let document = try Document(position: $0, bytes: $1).json()
            if let name = document["name"]?.string { known[name] = document }
            return .next
        }
        return targets.filter { target in
            guard let document = known[target.name], let instant = document["lastUpdatedAt"]?.string else {
                return true
            }
            if instant == target.lastUpdatedAt { return document != target.json }
            return instant.precedes(target.lastUpdatedAt)
        }
    }

    /// Writes those of `targets` that are still outdated.
    /// - Returns: their number.
    func update(_ targets: [Target], in transaction: any WriteTransaction) throws -> Int {
        let outdated = try outdated(targets, in: transaction)
        for target in outdated { try put(target, in: transaction) }
        return outdated.count
    }
}

extension String {
    /// Whether this instant comes before the other one; both RFC 3339 in UTC, with any number of digits behind the
    /// second. Without their `Z` such texts are in order of time.
    func precedes(_ other: String) -> Bool {
        utf8.dropLast().lexicographicallyPrecedes(other.utf8.dropLast())
    }
}
