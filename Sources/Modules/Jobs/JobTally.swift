import Kernel

/// Counts jobs in progress: how many in which state and of which operation, which one has waited longest, which one has
/// been at work longest, and how many have not been heard of for too long.
struct JobTally: Sendable {
    struct Group: Hashable {
        let status: JobStatus
        /// nil for one that this version does not know.
        let operation: JobOperation?
    }

    /// A job that stands out.
    struct Extreme: Sendable {
        let id: String
        let status: JobStatus
        let operation: String
        let target: String
        let createdAt: Timestamp
        /// When its log had its last entry; when it was created if it has none.
        let updatedAt: Timestamp
    }

    private(set) var groups: [Group: Int] = [:]
    private(set) var stuck: [JobStatus: Int] = [:]
    /// The one that was created first of those that are queued.
    private(set) var oldestQueued: Extreme?
    /// The one that was created first of those that are no longer queued.
    private(set) var longestRunning: Extreme?

    /// - Parameters:
    ///   - job: as it is stored; of its log the last entry suffices. One whose status is unknown is left out.
    ///   - stuckBefore: a job that was last heard of earlier counts as stuck.
    mutating func add(_ job: Job, stuckBefore: Timestamp) {
        guard let status = job.status else { return }
        groups[Group(status: status, operation: job.operation), default: 0] += 1
        let createdAt = job.createdAt.flatMap { Timestamp($0) }
        let updatedAt = job.lastLineAt.flatMap { Timestamp($0) } ?? createdAt
        if let updatedAt, updatedAt < stuckBefore { stuck[status, default: 0] += 1 }
        guard let createdAt, let updatedAt else { return }
        let first = status == .queued ? oldestQueued : longestRunning
        if let first, first.createdAt <= createdAt { return }
        let found = Extreme(
            id: job.id ?? "", status: status, operation: job.operationName ?? "", target: job.target ?? "",
            createdAt: createdAt,
            updatedAt: updatedAt)
        if status == .queued { oldestQueued = found } else { longestRunning = found }
    }

    func count(_ isWanted: (Group) -> Bool) -> Int {
        groups.reduce(0) { $0 + (isWanted($1.key) ? $1.value : 0) }
    }
}
