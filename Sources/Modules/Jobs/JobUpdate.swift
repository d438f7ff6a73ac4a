import Kernel

/// What a PUT asks for.
struct JobUpdate: Sendable {
    /// The job that the path names, or the body.
    let jobID: String
    let status: JobStatus?
    let description: String?
    let log: String?

    static let input = Input.body(Body.self) { JobUpdate($0, $1, &$2) }

    struct Body: RequestBody {
        let jobID: String?
        let status: JobStatus?
        let description: String?
        let log: String?

        static let schema = Schema.object(
            "JobUpdate", Self.id, Self.status, Self.description, Self.log,
            summary: "At least one of status, description and log",
            example: ["status": "failed", "log": "Unexpected failure"], as: Body.init)

        static let id = Property<Body, String?>.optional(
            "jobId", .string(lengths: 1...JSONSchema.unlimited, "Which job, where the path does not say it"))
        static let status = Property<Body, JobStatus?>.optional("status", .choice(JobSchemas.statusSummary))
        static let description = Property<Body, String?>.optional("description", JobSchemas.description)
        static let log = Property<Body, String?>.optional("log", .string("A line for the job's log"))
    }

    /// What a module asks for that hands jobs out.
    init(of jobID: String, to status: JobStatus, log: String?) {
        (self.jobID, self.status, description, self.log) = (jobID, status, nil, log)
    }

    /// - Parameters:
    ///   - body: what of it is right.
    ///   - problems: what is wrong with it; what is wrong beside the schema is added.
    private init?(_ body: Body, _ request: Request, _ problems: inout [FieldProblem]) {
        let idInPath = request.parameters["jobId"]
        if let problem = Self.problem(of: body.jobID, beside: idInPath), !problems.concern(Body.id) {
            problems.append(problem)
        }
        let says = body.status != nil || body.description != nil || body.log != nil
        if !says, !problems.concern(Body.status), !problems.concern(Body.description), !problems.concern(Body.log) {
            problems.append(FieldProblem("", "The body must have a status or a description, or a log line"))
        }
        guard let id = idInPath ?? body.jobID else { return nil }
        jobID = id
        status = body.status
        description = body.description
        log = body.log
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
