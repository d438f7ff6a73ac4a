import Kernel

/// How many jobs are in progress, in which state and of which operation, how long the oldest one has waited, and how
/// many have not been heard of for too long.
struct JobCensus: Sendable {
    private struct Group: Hashable {
        let status: JobStatus
        /// nil for one that this version does not know.
        let operation: JobOperation?
    }

    private var groups: [Group: Int] = [:]
    private var stuck: [JobStatus: Int] = [:]
    private var oldestQueued: Timestamp?
    private let now: Timestamp
    private let stuckBefore: Timestamp

    private init(at now: Timestamp, stuckAfter: Duration) {
        self.now = now
        stuckBefore = Timestamp(microseconds: now.microseconds - Int64(stuckAfter / .microseconds(1)))
    }

    private static let jobsInStep = 500

    /// Counts the jobs of a collection in many short transactions, between which others have their turn. A job that
    /// moves meanwhile may be counted in its old state, or not at all.
    static func read(
        _ collection: Collection, in store: any DocumentStore, stuckAfter: Duration
    ) async throws -> JobCensus {
        var census = JobCensus(at: .now, stuckAfter: stuckAfter)
        var place: Position?
        repeat {
            (census, place) = try await store.read { [census, place] transaction in
                var (census, last, count) = (census, place, 0)
                var query = Query(after: place, limit: jobsInStep)
                query.showsLastElementsOnly = true
                try transaction.find(in: collection, query) { position, document in
                    census.add(try Document(position: position, bytes: document).json())
                    (last, count) = (position, count + 1)
                    return .next
                }
                return (census, count < jobsInStep ? nil : last)
            }
            await Task.yield()
        } while place != nil
        return census
    }

    private mutating func add(_ job: JSON) {
        guard let status = job["status"]?.string.flatMap(JobStatus.init) else { return }
        let operation = job["parameters"]?["operation"]?.string.flatMap(JobOperation.init)
        groups[Group(status: status, operation: operation), default: 0] += 1
        let createdAt = job["createdAt"]?.string.flatMap { Timestamp($0) }
        if status == .queued, let createdAt { oldestQueued = min(createdAt, oldestQueued ?? createdAt) }
        let updatedAt = job["log"]?.array?.last?["at"]?.string.flatMap { Timestamp($0) } ?? createdAt
        if let updatedAt, updatedAt < stuckBefore { stuck[status, default: 0] += 1 }
    }
}

extension JobCensus {
    static let families = [inProgress, oldestAge, stuckJobs]

    /// Every status and operation is there, at 0 if need be: a series that comes and goes is hard to reckon with.
    var samples: [MetricSample] {
        var samples: [MetricSample] = []
        for status in JobStatus.allCases where !status.isFinal {
            for operation in JobOperation.allCases.map(Optional.init) + [nil] {
                let count = groups[Group(status: status, operation: operation)]
                guard count != nil || operation != nil else { continue }
                samples.append(
                    MetricSample(
                        Self.inProgress, ["operation": operation?.rawValue ?? "other", "status": status.rawValue],
                        count ?? 0))
            }
        }
        for status in JobStatus.allCases where !status.isFinal {
            samples.append(MetricSample(Self.stuckJobs, ["status": status.rawValue], stuck[status] ?? 0))
        }
        let age = oldestQueued.map { Double(now.microseconds - $0.microseconds) / 1_000_000 } ?? 0
        return samples + [MetricSample(Self.oldestAge, max(0, age))]
    }

    private static let inProgress = MetricFamily(
        .gauge, "jobs_in_progress", "Jobs that have not come to their end")
    private static let oldestAge = MetricFamily(
        .gauge, "jobs_oldest_queued_age_seconds",
        "How long ago the oldest job that is queued was created; 0 if none is queued")
    private static let stuckJobs = MetricFamily(
        .gauge, "jobs_stuck",
        "Jobs in progress whose last log entry is older than modules.jobs.stuckAfter")
}
