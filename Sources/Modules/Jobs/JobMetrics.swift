import Kernel

/// The metrics of jobs: what was created and finished since the start is counted; what is in progress is read from the
/// store, a part at a time, so that a long queue costs neither memory nor anybody's waiting. Completed jobs are never
/// read.
struct JobMetrics: Sendable {
    private let created: [JobOperation: Counter]
    private let finished: [Finish: Counter]
    /// Jobs that were removed since they had been kept for as long as they should.
    let pruned: Counter

    private struct Finish: Hashable {
        let operation: JobOperation
        let status: JobStatus
    }

    init(in metrics: Metrics, census: SharedCensus) {
        var created: [JobOperation: Counter] = [:]
        var finished: [Finish: Counter] = [:]
        for operation in JobOperation.allCases {
            created[operation] = metrics.counter(Self.createdFamily, ["operation": operation.rawValue])
            for status in JobStatus.allCases where status.isFinal {
                finished[Finish(operation: operation, status: status)] = metrics.counter(
                    Self.finishedFamily, ["operation": operation.rawValue, "status": status.rawValue])
            }
        }
        self.created = created
        self.finished = finished
        pruned = metrics.counter(
            MetricFamily(
                .counter, "jobs_pruned_total",
                "Finished jobs that this process has removed (modules.jobs.keepCompleted)"))
        metrics.reading("jobs", JobCensus.families) { try await census.latest().samples }
    }

    func didCreate(_ operation: JobOperation) { created[operation]?.add() }

    /// - Parameter job: as it was at its end.
    func didFinish(_ job: Job) {
        guard let operation = job.operation, let status = job.status else { return }
        finished[Finish(operation: operation, status: status)]?.add()
    }

    private static let createdFamily = MetricFamily(
        .counter, "jobs_created_total", "Jobs created since the start of this process")
    private static let finishedFamily = MetricFamily(
        .counter, "jobs_finished_total",
        "Jobs that this process has seen come to their end, completed or failed, since its start")
}
