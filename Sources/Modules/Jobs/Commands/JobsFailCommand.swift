import Kernel

/// `jobs fail ID --reason TEXT`: what the executor would do with a PUT, through the same route.
struct JobsFailCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func perform() async throws {
        let job = try await ServiceDoor.use(arguments) { try await fail(through: $0) }
        Terminal.print("The job \(job.id) (\(job.operation) \(job.target)) is failed; its target is free.")
    }

    private func fail(through door: ServiceDoor) async throws -> JobView {
        let (id, reason) = (arguments.operands[0], arguments["--reason"] ?? "")
        let before = try await door.job(id)
        if before.isFinished { throw finished(before, "has finished already") }
        let reply = try await door.send(
            .put, "/jobs/\(PercentEncoding.encode(id))", ["status": "failed", "log": .string(reason)])
        guard reply.status == 200 || reply.status == 404 else { throw reply.failure }
        if reply.status == 404, reply.code != "jobs.not-found" { throw reply.failure }
        // The executor may have been faster. A job that has finished changes no more: its last line tells whose end it
        // is.
        let after = try await door.job(id)
        guard reply.status == 200, after.status == "failed", after.log.last?.message == reason else {
            throw finished(after, "has just finished by itself")
        }
        return after
    }

    private func finished(_ job: JobView, _ how: String) -> CommandFailure {
        CommandFailure("the job \(job.id) \(how), as \(job.status) at \(job.updatedAt); it stays as it is")
    }
}
