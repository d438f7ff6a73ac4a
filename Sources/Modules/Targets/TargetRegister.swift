import Jobs
import Kernel

/// Keeps the collection of targets in step with jobs: within the transaction that changes a job, so that the two can
/// never disagree.
struct TargetRegister: JobObserver {
    let collection: Collection
    let form: TargetForm

    func jobsDidChange(_ jobs: [JSON], in transaction: any WriteTransaction) throws {
        try put(jobs.flatMap { Target.targets(of: $0, form.partition) }, in: transaction)
    }

    /// Of several with one name the last counts.
    private func put(_ targets: [Target], in transaction: any WriteTransaction) throws {
        try transaction.upsert(targets.map(\.json.bytes), in: collection, by: form.key)
    }
}

// Targets derived from jobs afterwards, which may be older than what is known by now.
extension TargetRegister {
    /// Those of `targets` that the collection lacks, or has in a state that seems older.
    func outdated(_ targets: [Target], in transaction: any ReadTransaction) throws -> [Outdated] {
        var known: [String: JSON] = [:]
        let keys = targets.map { JSON.string($0.key) }
        try transaction.find(in: collection, Query(.among(form.key, keys))) {
            let document = try Document(position: $0, bytes: $1).json()
            if let key = document[form.key.description]?.string { known[key] = document }
            return .next
        }
        return targets.compactMap { target in
            guard let document = known[target.key], let instant = document["lastUpdatedAt"]?.string else {
                return Outdated(target: target, known: nil)
            }
            let isOlder =
                instant == target.lastUpdatedAt ? document != target.json : instant.precedes(target.lastUpdatedAt)
            return isOlder ? Outdated(target: target, known: document) : nil
        }
    }

    /// Writes those of `targets` that are missing or stale.
    /// - Returns: their number.
    func mend(_ targets: [Target], from jobs: JobCollections, in transaction: any WriteTransaction) throws -> Int {
        var stale: [Target] = []
        for outdated in try outdated(targets, in: transaction) {
            var target = outdated.target
            if let known = outdated.known {
                // Only an instant says that it is stale: the jobs themselves say whether it is.
                guard let latest = try jobs.latestState(of: target, in: transaction) else { continue }
                if latest.json == known { continue }
                target = latest
            }
            stale.append(target)
        }
        try put(stale, in: transaction)
        return stale.count
    }

    /// A target that jobs know better than the collection.
    struct Outdated: Sendable {
        let target: Target
        /// What the collection has; nil if it is missing there.
        let known: JSON?
    }
}

extension JobCollections {
    /// What the last of all jobs that touched a target says of it.
    fileprivate func latestState(of target: Target, in transaction: any ReadTransaction) throws -> Target? {
        let (name, part) = (target.name, target.part?.name)
        let latest = try latest(ofTarget: name, in: part, transaction)
        let own = try latest.flatMap { try Target.targets(of: $0.0.json(), partition).first { $0.name == name } }
        var released: (Target, Position)?
        try findReleases(of: name, in: part, transaction) { job in
            let target = Target.targets(of: try job.json(), partition).first { $0.name == name }
            released = target.map { ($0, job.position) }
            return released == nil ? .next : .stop
        }
        guard let own, let latest else { return released?.0 }
        guard let (release, position) = released else { return own }
        // Finished jobs are in the order in which they were finished.
        let isReleasedLater =
            latest.isFinished ? latest.0.position < position : own.lastUpdatedAt.precedes(release.lastUpdatedAt)
        return isReleasedLater ? release : own
    }
}

extension String {
    /// Whether this instant comes before the other one; both RFC 3339 in UTC, with any number of digits behind the
    /// second. Without their `Z` such texts are in order of time.
    func precedes(_ other: String) -> Bool {
        utf8.dropLast().lexicographicallyPrecedes(other.utf8.dropLast())
    }
}
