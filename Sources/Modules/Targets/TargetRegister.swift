import Jobs
import Kernel

/// Keeps the collection of targets in step with jobs: within the transaction that changes a job, so that the two can
/// never disagree.
struct TargetRegister: JobObserver {
    let collection: Collection
    let form: TargetForm

    func jobsDidChange(_ jobs: [JSON], by principal: Principal, in transaction: any WriteTransaction) throws {
        try put(jobs.flatMap { Target.targets(of: Job($0), form.partition) }, in: transaction)
    }

    /// Of several with one name the last counts.
    func put(_ targets: [Target], in transaction: any WriteTransaction) throws {
        try transaction.upsert(targets.map(\.json.bytes), in: collection, by: form.key)
    }
}

// Targets derived from jobs afterwards, which may be older than what is known by now.
extension TargetRegister {
    /// A target that the collection lacks, or has otherwise.
    struct Stale: Sendable {
        let target: Target
        /// What the collection has; nil if it is missing there.
        let known: JSON?
    }

    /// Those of `targets` that are not known just so.
    func stale(_ targets: [Target], in transaction: any ReadTransaction) throws -> [Stale] {
        guard !targets.isEmpty else { return [] }
        var known: [ExactText: JSON] = [:]
        let keys = targets.map { JSON.string($0.key) }
        try transaction.find(in: collection, Query(.among(form.key, keys))) {
            let document = try Document(position: $0, bytes: $1).json()
            if let key = document[form.keyProperty] { known[ExactText(key)] = document }
            return .next
        }
        return targets.map { Stale(target: $0, known: known[ExactText($0.key)]) }
            .filter { $0.known?.isEquivalent(to: $0.target.json) != true }
    }

    /// Those of `entries`, which completed jobs up to a place tell of, that are not known just so, and of which no job
    /// tells that came later: one in progress, or one that was finished later.
    func outdated(
        _ entries: [TargetBatch.Entry], upTo place: Position, by jobs: JobCollections,
        in transaction: any ReadTransaction
    ) throws -> [Target] {
        let stale = try stale(entries.map(\.target), in: transaction)
        guard !stale.isEmpty else { return [] }
        let imported = Set(entries.filter(\.isImported).map { ExactText($0.target.key) })
        var busy: Set<ExactText> = []
        try jobs.findInProgress(ofTargets: stale.map(\.target.name), in: transaction) { job in
            busy.formUnion(Target.targets(of: job, form.partition).map { ExactText($0.key) })
        }
        return try stale.filter { stale in
            let (target, key) = (stale.target, ExactText(stale.target.key))
            if busy.contains(key) { return false }
            // What is missing has been written by none.
            return try stale.known == nil
                || !jobs.hasLater(
                    than: place, isImported: imported.contains(key), of: target.name, in: target.part?.name, transaction
                )
        }
        .map(\.target)
    }
}

extension JobCollections {
    /// Whether what is known of a target is what the last BUMP that released it says: it came while the target's job
    /// was in progress, and later than that one's last change.
    func wasReleased(_ stale: TargetRegister.Stale, in transaction: any ReadTransaction) throws -> Bool {
        guard let known = stale.known else { return false }
        var released: Target?
        try findReleases(of: stale.target.name, in: stale.target.part?.name, transaction) { job in
            released = Target.targets(of: job, partition).first { $0.key.isExactly(stale.target.key) }
            return released == nil ? .next : .stop
        }
        return released?.json.isEquivalent(to: known) == true
    }
}
