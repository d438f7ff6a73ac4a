import Kernel

/// `GET /jobs/summary`
struct GetSummary: Sendable {
    let census: SharedCensus

    /// - Parameter part: a part of the register; nil for all of it.
    func respond(of part: String? = nil) async throws -> Response {
        let census = try await census.latest()
        return Response(body: .bytes(JobSummary(census.tally(of: part), at: census.at).json.bytes))
    }
}

/// How the jobs in progress are, as people and dashboards are told. Finished jobs are not counted: their number has no
/// bound, and what is asked of a summary must not cost more with every year.
struct JobSummary: Sendable {
    private let tally: JobTally
    private let at: Timestamp

    init(_ tally: JobTally, at: Timestamp) {
        self.tally = tally
        self.at = at
    }

    private static let statuses = JobStatus.allCases.filter { !$0.isFinal }

    var json: JSON {
        var summary = JSONObject()
        summary["at"] = .string(at.description)
        summary["inProgress"] = .integer(Int64(tally.count { _ in true }))
        summary["stuck"] = .integer(Int64(tally.stuck.values.reduce(0, +)))
        summary["byStatus"] = counts(Self.statuses.map(\.rawValue)) { $0.status.rawValue == $1 }
        summary["byOperation"] = counts(JobOperation.names) { $0.operation?.rawValue == $1 }
        summary["counts"] = .array(
            Self.statuses.flatMap { status in
                JobOperation.allCases.compactMap { operation in
                    tally.groups[JobTally.Group(status: status, operation: operation)].map {
                        [
                            "status": .string(status.rawValue), "operation": .string(operation.rawValue),
                            "count": .integer(Int64($0)),
                        ]
                    }
                }
            })
        if let job = tally.oldestQueued { summary["oldestQueued"] = json(of: job) }
        if let job = tally.longestRunning { summary["longestRunning"] = json(of: job) }
        return .object(summary)
    }

    /// A count for each name, at 0 if need be.
    private func counts(_ names: [String], _ isOf: (JobTally.Group, String) -> Bool) -> JSON {
        var counts = JSONObject()
        for name in names { counts[name] = .integer(Int64(tally.count { isOf($0, name) })) }
        return .object(counts)
    }

    private func json(of job: JobTally.Extreme) -> JSON {
        [
            "jobId": .string(job.id), "status": .string(job.status.rawValue), "operation": .string(job.operation),
            "target": .string(job.target), "createdAt": .string(job.createdAt.description),
            "updatedAt": .string(job.updatedAt.description),
            "ageSeconds": .integer(max(0, (at.microseconds - job.createdAt.microseconds) / 1_000_000)),
        ]
    }
}

extension JobSummary {
    private static func count(_ summary: String? = nil) -> JSONSchema { .integer(0 ... .max, summary) }

    static let schema = JSONSchema.object(
        "JobSummary",
        [
            .required("at", .timestamp),
            .required("inProgress", count("Jobs that have not come to their end")),
            .required(
                "stuck", count("Those that have not been heard of for longer than modules.jobs.stuckAfter")),
            .required("byStatus", .object(nil, statuses.map { .required($0.rawValue, count()) })),
            .required("byOperation", .object(nil, JobOperation.names.map { .required($0, count()) })),
            .required(
                "counts",
                .array(
                    of: .object(
                        "JobCount",
                        [
                            .required("status", JobSchemas.status.json),
                            .required("operation", JobSchemas.operation.json),
                            .required("count", count()),
                        ]), "What there is at least one of")),
            .optional("oldestQueued", job),
            .optional("longestRunning", job),
        ],
        "The jobs in progress, counted a second ago at most. oldestQueued is the queued job that was created first, "
            + "longestRunning the job at work that was created first; each is left out where there is none")

    private static let job = JSONSchema.object(
        "SummarizedJob",
        [
            .required("jobId", .string()), .required("status", JobSchemas.status.json),
            .required("operation", JobSchemas.operation.json), .required("target", JobSchemas.target.json),
            .required("createdAt", .timestamp), .required("updatedAt", .timestamp),
            .required("ageSeconds", count("Since it was created")),
        ], "A job that stands out")
}
