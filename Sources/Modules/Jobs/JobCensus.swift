import Kernel

/// What is known of all jobs in progress at one moment, of the whole register and of each part of it.
struct JobCensus: Sendable {
    /// When the counting began.
    let at: Timestamp
    let whole: JobTally
    private let parts: [String: JobTally]

    /// - Parameter part: a part of the register; nil for all of it.
    func tally(of part: String?) -> JobTally {
        guard let part else { return whole }
        return parts[part] ?? JobTally()
    }

    /// What has been counted of a collection, as far as the counting has come.
    private struct Count: Sendable {
        var whole = JobTally()
        var parts: [String: JobTally] = [:]

        mutating func add(_ job: Job, of part: String?, stuckBefore: Timestamp) {
            whole.add(job, stuckBefore: stuckBefore)
            if let part { parts[part, default: JobTally()].add(job, stuckBefore: stuckBefore) }
        }
    }

    private static let jobsInStep = 500

    /// Counts the jobs in progress in many short transactions, between which others have their turn. A job that moves
    /// meanwhile may be counted in its old state, or not at all.
    /// - Parameter stuckAfter: how long a job is not heard of before it counts as stuck.
    static func read(
        _ collections: JobCollections, in store: any DocumentStore, stuckAfter: Duration
    ) async throws -> JobCensus {
        let now = Timestamp.now
        let stuckBefore = Timestamp(microseconds: now.microseconds - Int64(stuckAfter / .microseconds(1)))
        var (count, place) = (Count(), Position?.none)
        repeat {
            (count, place) = try await store.read { [count, place] transaction in
                var (count, last, read) = (count, place, 0)
                var query = Query(after: place, limit: jobsInStep)
                query.showsLastElementsOnly = true
                try transaction.find(in: collections.inProgress, query) { position, document in
                    let job = try Job(Document(position: position, bytes: document))
                    count.add(job, of: collections.partition?.part(of: job), stuckBefore: stuckBefore)
                    (last, read) = (position, read + 1)
                    return .next
                }
                return (count, read < jobsInStep ? nil : last)
            }
            await Task.yield()
        } while place != nil
        return JobCensus(at: now, whole: count.whole, parts: count.parts)
    }
}

extension JobCensus {
    static let families = [inProgress, oldestAge, stuckJobs]

    /// Every status and operation is there, at 0 if need be: a series that comes and goes is hard to reckon with.
    var samples: [MetricSample] {
        var samples: [MetricSample] = []
        for status in JobStatus.allCases where !status.isFinal {
            for operation in JobOperation.allCases.map(Optional.init) + [nil] {
                let count = whole.groups[JobTally.Group(status: status, operation: operation)]
                guard count != nil || operation != nil else { continue }
                samples.append(
                    MetricSample(
                        Self.inProgress, ["operation": operation?.rawValue ?? "other", "status": status.rawValue],
                        count ?? 0))
            }
        }
        for status in JobStatus.allCases where !status.isFinal {
            samples.append(MetricSample(Self.stuckJobs, ["status": status.rawValue], whole.stuck[status] ?? 0))
        }
        let age = whole.oldestQueued.map { Double(at.microseconds - $0.createdAt.microseconds) / 1_000_000 } ?? 0
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
