import Kernel

/// `jobs fail ID --reason TEXT`: what the executor would do with a PUT, through the same route.
struct JobsFailCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    /// What is wrong with the arguments together, or nil.
    static func problem(of arguments: Arguments) -> String? {
        switch (arguments.operands.isEmpty, JobFilter.isGiven(in: arguments)) {
        case (true, false): "ID is missing: the job's jobId, or options that say which jobs are meant, such as --target"
        case (false, true): "either ID or options that say which jobs are meant can be given"
        default: JobFilter.problem(of: arguments)
        }
    }

    private var reason: String { arguments["--reason"] ?? "" }

    func perform() async throws {
        guard let id = arguments.operands.first else { return try await JobsFailAllCommand(arguments).perform() }
        let job = try await ServiceDoor.use(arguments) { door in
            switch try await door.fail(id, reason) {
            case .failed(let job): return job
            case .hadFinished(let job): throw Self.finished(job, "has finished already")
            case .justFinished(let job): throw Self.finished(job, "has just finished by itself")
            }
        }
        Terminal.print("The job \(job.id) (\(job.operation) \(job.target)) is failed; its target is free.")
    }

    private static func finished(_ job: JobView, _ how: String) -> CommandFailure {
        CommandFailure("the job \(job.id) \(how), as \(job.status) at \(job.updatedAtText); it stays as it is")
    }
}

/// What has become of a job that was to be failed.
enum JobEnd: Sendable {
    case failed(JobView)
    case hadFinished(JobView)
    /// The executor was faster.
    case justFinished(JobView)
}

extension ServiceDoor {
    /// Fails a job with a reason in its log.
    /// - Throws: `CommandFailure` if there is no such job, or if the service cannot do it.
    func fail(_ id: String, _ reason: String, if isWanted: (JobView) -> Bool = { _ in true }) async throws -> JobEnd {
        let before = try await job(id)
        if before.isFinished || !isWanted(before) { return .hadFinished(before) }
        let reply = try await send(
            .put, "/jobs/\(PercentEncoding.encode(id))", ["status": "failed", "log": .string(reason)])
        guard reply.status == 200 || reply.status == 404 else { throw reply.failure }
        if reply.status == 404, reply.code != "jobs.not-found" { throw reply.failure }
        // A job that has finished changes no more: its last line tells whose end it is.
        let after = try await job(id)
        let isOurs = reply.status == 200 && after.status == "failed" && after.log.last?.message == reason
        return isOurs ? .failed(after) : .justFinished(after)
    }
}
