import Kernel

/// What a PUT asks for.
struct JobUpdate: Sendable {
    /// The job that the path names, or the body.
    let jobID: String
    let status: JobStatus?
    let description: String?
    let log: String?

    /// - Throws: `HTTPError` 400 with everything that is wrong.
    init(_ request: Request) throws(HTTPError) {
        let idInPath = request.parameters["jobId"]
        let body = try request.body(as: JobSchemas.update) { body, problems in
            if let problem = Self.problem(of: body["jobId"]?.string, beside: idInPath), !problems.concern("jobId") {
                problems.append(problem)
            }
            let isEmpty = ["status", "description", "log"].allSatisfy { body[$0] == nil && !problems.concern($0) }
            if isEmpty {
                problems.append(FieldProblem("", "The body must have a status or a description, or a log line"))
            }
        }
        jobID = idInPath ?? body["jobId"]?.string ?? ""
        status = body["status"]?.string.flatMap(JobStatus.init)
        description = body["description"]?.string
        log = body["log"]?.string
    }

    /// What is wrong with the id in a body, if anything.
    private static func problem(of id: String?, beside idInPath: String?) -> FieldProblem? {
        guard let id else { return idInPath == nil ? FieldProblem("jobId", "Missing jobId") : nil }
        guard let idInPath, !idInPath.isExactly(id) else { return nil }
        return FieldProblem("jobId", "jobId is \(id.excerpt), but the path says \(idInPath.excerpt)")
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
