import Kernel

extension JobsModule: CommandProvider {
    public static func commands(of product: Product) -> [Command] {
        let id = Command.Operand("ID", "the job's jobId")
        let unreachable = "the storage, or the service that holds it, cannot be reached"
        return [
            Command(
                "jobs list", "list jobs: those in progress, in order of entry", description: [Command.reach],
                options: [
                    .init("--all", "completed and failed jobs too"),
                    .init(
                        "--status", "STATUS", "only jobs with this status",
                        value: .choice(JobStatus.allCases.map(\.rawValue))),
                    .init(
                        "--operation", "OPERATION", "only jobs with this operation",
                        value: .choice(JobOperation.allCases.map(\.rawValue))),
                    .init("--target", "TARGET", "only jobs for this target"),
                    .init("--limit", "N", "at most that many", value: .number(1...1_000_000_000)),
                    .json, .config,
                ],
                examples: [
                    .init("\(product.name) jobs list --status importing", "what is being imported"),
                    .init("\(product.name) jobs list --all --json", "everything, for other programs"),
                ],
                failure: unreachable, perform: { try await JobsListCommand($0).perform() }),
            Command(
                "jobs show", "show a job with its log", description: [Command.reach], operands: [id],
                options: [.json, .config], failure: "there is no such job, or the service cannot be reached",
                perform: { try await JobsShowCommand($0).perform() }),
            Command(
                "jobs fail", "fail a job that is stuck, with the reason in its log",
                description: [
                    "Sets the job's status to failed, so that its target is free for another job, and adds the reason "
                        + "to its log, as the executor's own PUT would. A job that has finished stays as it is. An "
                        + "executor that still works on the job is not told: see that it does not.",
                    Command.reach,
                ],
                operands: [id],
                options: [.init("--reason", "TEXT", "why, for the job's log", isRequired: true), .config],
                examples: [
                    .init("\(product.name) jobs fail ID --reason 'The executor was restarted'", "free the target")
                ],
                failure: "there is no such job, it has finished, or the service cannot be reached",
                perform: { try await JobsFailCommand($0).perform() }),
        ]
    }
}
