import Kernel

/// What the jobs' routes are for, for those who call them.
extension Operation {
    static func listJobs(_ form: JobForm) -> Operation {
        Operation(
            "Lists jobs: those in progress first, then completed ones, each in order of entry; or the newest first",
            access: .anyone,
            reply: .json(.array(of: form.job)),
            errors: [.badRequest: "A parameter is empty, unknown or repeated; the message names the legal values"],
            isQuiet: true)
    }

    static func getJob(_ form: JobForm) -> Operation {
        Operation(
            "Shows one job", access: .anyone, reply: .json(form.job),
            errors: [.notFound: "No job has this identifier"])
    }

    static let getSummary = Operation(
        "Counts the jobs in progress, and shows the one that has waited longest and the one that has run longest",
        access: .anyone, reply: .json(JobSummary.schema), isQuiet: true)

    static func postJobs(_ form: JobForm) -> Operation {
        Operation(
            "Posts new jobs; each item of the answer tells whether its job was created", access: [.administrator],
            headers: [.idempotencyKey], reply: .json(PostedJob.list.json),
            errors: [
                .badRequest: "The body is no list of jobs; what is wrong with a single job is told in its item. "
                    + "Or: the Idempotency-Key is malformed, or comes with too many jobs",
                .conflict: "A request with this Idempotency-Key is being answered",
                .unprocessableContent: "The Idempotency-Key came with another body before",
                .tooManyRequests: "Too many replies to requests with an Idempotency-Key are kept",
                .serviceUnavailable: "The storage does not answer, and no job was created",
            ])
    }

    static let putJob = Operation(
        "Updates a job with a new status, a description or a log line", access: [.service, .administrator],
        headers: [.ifMatch], reply: .json(JobSchemas.done), errors: updateErrors)

    static let putJobs = Operation(
        "Updates the job that the body names", access: [.service, .administrator],
        headers: [.ifMatch], reply: .json(JobSchemas.done), errors: updateErrors)

    private static let updateErrors: KeyValuePairs<Status, String> = [
        .badRequest: "The body is malformed, empty, or names another job than the path",
        .preconditionFailed: "If-Match names no entity tag that the job has now",
        .notFound: "No job has this identifier, or it is finished and this is no repetition of its own status",
    ]
}
