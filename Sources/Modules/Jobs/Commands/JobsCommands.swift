import Kernel

extension JobsModule: CommandProvider {
    public static func commands(of product: Product) -> [Command] {
        let id = Command.Operand("ID", "the job's jobId")
        let unreachable = "the storage, or the service that holds it, cannot be reached"
        return [
            Command(
                "jobs list", "list jobs: those in progress, in order of entry",
                description: [
                    "On a terminal the list is as wide as that: age, how long somebody has worked on the job, who posted "
                        + "it, the last line of its log, and at the end how many there are. What is longer than the "
                        + "screen goes through $PAGER or less. Elsewhere the columns stay as they are.",
                    "--target also finds releases in which the target has a share.", Command.reach,
                ],
                options: [.init("--all", "completed and failed jobs too")] + JobFilter.options() + [
                    .init("--newest", "the job that was posted last comes first"),
                    .init("--limit", "N", "at most that many", value: .number(1...1_000_000_000)),
                    .init("--watch", "draw the list anew every two seconds, until Ctrl-C"),
                    .json, .init("--json-lines", "print a JSON object a line, without the array around them"),
                    .config,
                ],
                examples: [
                    .init("\(product.name) jobs list --status importing", "what is being imported"),
                    .init("\(product.name) jobs list --status failed --newest --limit 10", "what failed last"),
                    .init("\(product.name) jobs list --idle 1h", "what nothing has been heard of"),
                    .init("\(product.name) jobs list --all --json", "everything, for other programs"),
                ],
                failure: unreachable, check: { JobsListCommand.problem(of: $0) },
                perform: { try await JobsListCommand($0).perform() }),
            Command(
                "jobs show", "show a job: what it went through, and its log", description: [Command.reach],
                operands: [id],
                options: [
                    .init("--follow", "print the log as it grows, until the job has come to its end"), .json, .config,
                ],
                examples: [.init("\(product.name) jobs show ID --follow", "wait for its end")],
                failure: "there is no such job, the service cannot be reached, or with --follow the job has failed",
                perform: { try await JobsShowCommand($0).perform() }),
            Command(
                "jobs fail", "fail a job that is stuck, with the reason in its log",
                description: [
                    "Sets the job's status to failed, so that its target is free for another job, and adds the reason "
                        + "to its log, as the executor's own PUT would. A job that has finished stays as it is. An "
                        + "executor that still works on the job is not told: see that it does not.",
                    "In the place of ID, options may say which jobs in progress are meant. They are shown, and failed "
                        + "once somebody at the terminal has said yes, or with --yes.",
                    Command.reach,
                ],
                operands: [.init("ID", "the job's jobId", isRequired: false)],
                options: [.init("--reason", "TEXT", "why, for the job's log", isRequired: true)]
                    + JobFilter.options(JobStatus.allCases.filter { !$0.isFinal })
                    + [.init("--yes", "do not ask"), .config],
                examples: [
                    .init("\(product.name) jobs fail ID --reason 'The executor was restarted'", "free the target"),
                    .init(
                        "\(product.name) jobs fail --status importing --idle 2h --reason 'The executor died'",
                        "free the targets of all that hang"),
                ],
                failure: "there is no such job, it has finished, nobody said yes, or the service cannot be reached",
                check: { JobsFailCommand.problem(of: $0) }, perform: { try await JobsFailCommand($0).perform() }),
            Command(
                "jobs resubmit", "post a job with the parameters of another one",
                description: [
                    "The same rules hold as for jobs that clients post: the target must have no job in progress, and "
                        + "where authentication is on, --cookies must name who posts it.",
                    Command.reach,
                ],
                operands: [.init("ID", "the jobId of the job that has the parameters")],
                options: JobsResubmitCommand.options,
                examples: [.init("\(product.name) jobs resubmit ID", "try a job again that has failed")],
                failure: "there is no such job, the new one is refused, or the service cannot be reached",
                perform: { try await JobsResubmitCommand($0).perform() }),
            Command(
                "jobs export", "write finished jobs out, a line of JSON each",
                description: [
                    "To stdout, or with --output into a file that is there only once it is whole and on the disk. Exit "
                        + "code 1 says that the export is not whole.",
                    Command.reach,
                ],
                options: [
                    .init(
                        "--before", "WHEN",
                        "only jobs created before that: so long ago (365d), a day, or an instant"),
                    .init("--output", "FILE", "which must not be there"), .config,
                ],
                examples: [
                    .init("\(product.name) jobs export --before 2026-01-01 --output jobs-2025.ndjson", "archive")
                ],
                failure: "the export is not whole", check: { JobFilter.problem(of: $0) },
                run: { JobsExportCommand($0).run() }),
            Command(
                "jobs import", "take exported jobs back into the register",
                description: [
                    "Jobs that are there are passed over, so that an import which was interrupted goes on when it is done "
                        + "again. Whatever is there counts as later: no target that is there changes for jobs that are imported, "
                        + "and no event tells of them; a target that nothing else is known of comes with the next start. "
                        + "Where modules.jobs.keepCompleted is set, they go again in time.",
                    "Jobs that name no part of a divided register, such as a datastore, come into its first one.",
                    Command.reach,
                ],
                operands: [.init("FILE", "what 'jobs export' has written, or - for stdin")], options: [.config],
                examples: [.init("\(product.name) jobs import jobs-2025.ndjson", "look at them again")],
                failure: "a line is no finished job, or the service cannot be reached",
                perform: { try await JobsImportCommand($0).perform() }),
        ]
    }
}
