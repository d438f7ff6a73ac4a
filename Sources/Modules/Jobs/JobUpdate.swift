import Kernel

/// What a PUT asks for.
struct JobUpdate: Sendable {
    /// The job that the body names, if it does.
    let jobID: String?
    let status: JobStatus?
    let description: String?
    let log: String?

    /// - Throws: `HTTPError` 400 with everything that is wrong.
    init(_ request: Request) throws(HTTPError) {
        let body = try request.body(as: JobSchemas.update)
        jobID = body["jobId"]?.string
        status = body["status"]?.string.flatMap(JobStatus.init)
        description = body["description"]?.string
        log = body["log"]?.string
        guard status != nil || description != nil || log != nil else {
            let message = "The body must have a status or a description, or a log line"
            throw .invalidBody([FieldProblem("", message)])
        }
    }

    /// The changes to the job's document; all log lines bear the same instant.
    func changes(at now: Timestamp) -> [Change] {
        var changes: [Change] = []
        var lines: [Growth] = []
        let at = JSON.string(now.description)
        let isLast = status?.isFinal == true
        if let status {
            changes.append(.set(.status, .string(status.rawValue)))
            lines.append(JobLog.note("Set status: \(status.rawValue)", at: at, isLast: isLast))
        }
        if let description {
            changes.append(.set(.description, .string(description)))
            lines.append(JobLog.note("Added update description", at: at, isLast: isLast))
        }
        if let log { lines.append(JobLog.text(log, at: at, isLast: isLast)) }
        changes.append(.grow(.log, lines))
        return changes
    }
}
