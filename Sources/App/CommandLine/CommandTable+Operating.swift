import Jobs

extension CommandTable {
    /// The commands that look at and change what a service keeps, whether it runs or not.
    static let operating = [jobsList, jobsShow, jobsFail] + maintenance + [backup, copy]

    private static let reach =
        "Works on the storage of the configuration. If a running service holds it, that service is asked through the "
        + "control socket beside its database; otherwise the storage is opened for the moment of the command."

    private static let jobID = CommandSpec.Operand(placeholder: "ID", summary: "the job's jobId")

    private static let jobsList = CommandSpec(
        name: "jobs list", summary: "list jobs: those in progress, in order of entry",
        description: [reach],
        options: [
            CommandOption(name: "--all", summary: "completed and failed jobs too"),
            CommandOption(
                name: "--status", placeholder: "STATUS", summary: "only jobs with this status",
                value: .choice(JobStatus.allCases.map(\.rawValue))),
            CommandOption(
                name: "--operation", placeholder: "OPERATION", summary: "only jobs with this operation",
                value: .choice(JobOperation.allCases.map(\.rawValue))),
            CommandOption(name: "--target", placeholder: "TARGET", summary: "only jobs for this target"),
            CommandOption(
                name: "--limit", placeholder: "N", summary: "at most that many", value: .number(1...1_000_000_000)),
            json, config,
        ],
        examples: [
            .init(command: "job-service jobs list --status importing", explanation: "what is being imported"),
            .init(command: "job-service jobs list --all --json", explanation: "everything, for other programs"),
        ],
        failure: "the storage, or the service that holds it, cannot be reached", module: "jobs",
        run: { JobsListCommand($0).run() })

    private static let jobsShow = CommandSpec(
        name: "jobs show", summary: "show a job with its log", description: [reach], operands: [jobID],
        options: [json, config], failure: "there is no such job, or the service cannot be reached", module: "jobs",
        run: { JobsShowCommand($0).run() })

    private static let jobsFail = CommandSpec(
        name: "jobs fail", summary: "fail a job that is stuck, with the reason in its log",
        description: [
            "Sets the job's status to failed, so that its target is free for another job, and adds the reason to its "
                + "log, as the executor's own PUT would. A job that has finished stays as it is. An executor that still "
                + "works on the job is not told: see that it does not.",
            reach,
        ],
        operands: [jobID],
        options: [
            CommandOption(
                name: "--reason", placeholder: "TEXT", summary: "why, for the job's log", isRequired: true),
            config,
        ],
        examples: [
            .init(
                command: "job-service jobs fail ID --reason 'The executor was restarted'",
                explanation: "free the target")
        ],
        failure: "there is no such job, it has finished, or the service cannot be reached", module: "jobs",
        run: { JobsFailCommand($0).run() })

    private static let maintenance = [
        CommandSpec(
            name: "maintenance on", summary: "tell executors not to start new jobs", description: [reach],
            options: [
                CommandOption(
                    name: "--message", placeholder: "TEXT", summary: "why, for people", isRequired: true),
                config,
            ],
            examples: [
                .init(command: "job-service maintenance on --message 'We need to upgrade'", explanation: "pause")
            ],
            failure: "the storage, or the service that holds it, cannot be reached", module: "maintenance",
            run: { MaintenanceCommand($0, .on).run() }),
        CommandSpec(
            name: "maintenance off", summary: "let executors start new jobs again", description: [reach],
            options: [
                CommandOption(
                    name: "--message", placeholder: "TEXT", summary: "for people; by default 'Maintenance is over.'"),
                config,
            ],
            failure: "the storage, or the service that holds it, cannot be reached", module: "maintenance",
            run: { MaintenanceCommand($0, .off).run() }),
        CommandSpec(
            name: "maintenance status", summary: "tell whether new jobs must not be started", description: [reach],
            options: [json, config], failure: "the storage, or the service that holds it, cannot be reached",
            module: "maintenance", run: { MaintenanceCommand($0, .status).run() }),
    ]

    private static let backup = CommandSpec(
        name: "backup", summary: "copy the SQLite database, also while the service runs",
        description: [
            "The copy has everything that was acknowledged before the command began, as it was at one instant. It is "
                + "written beside FILE, checked, made durable and then renamed: FILE is a whole copy or not there. "
                + "Only the user who runs the command can read it. To go back to it, stop the service and put it in "
                + "the place of the database, without the files -wal and -shm of the old one.",
            "A MongoDB database is backed up with mongodump, or with job-service copy while nothing writes to it.",
        ],
        operands: [.init(placeholder: "FILE", summary: "where the copy is to be", value: .file)],
        options: [CommandOption(name: "--force", summary: "replace FILE if it exists"), config],
        examples: [.init(command: "job-service backup /var/backups/jobs.db", explanation: "while the service runs")],
        failure: "the database is missing or damaged, FILE exists, or there is no room or right to write it",
        run: { BackupCommand($0).run() })

    private static let copy = CommandSpec(
        name: "copy", summary: "copy all documents from one database to another and compare them",
        description: [
            "Nothing else may write to either of them meanwhile. A copy that was interrupted goes on where it ended.",
            "--from python-sqlite:FILE takes over the SQLite database of the Python service's later editions: jobs with "
                + "their logs, targets and the maintenance history. Nothing is written to it or beside it.",
        ],
        options: [
            CommandOption(
                name: "--from", placeholder: "URL", summary: "the storage.url to read, such as sqlite:jobs.db",
                isRequired: true),
            CommandOption(
                name: "--to", placeholder: "URL", summary: "the storage.url to write, another one", isRequired: true),
            config,
        ],
        examples: [
            .init(
                command: "job-service copy --from sqlite:data/job-service.db --to mongodb://127.0.0.1/jobdb",
                explanation: "move to MongoDB"),
            .init(
                command: "job-service copy --from python-sqlite:/data/jobs.db --to sqlite:data/job-service.db",
                explanation: "take over the Python service's database"),
        ],
        failure: "a database cannot be used, or the target has other documents",
        check: { $0.source == $0.target ? "--from URL and --to URL must be two different ones" : nil },
        run: { CopyCommand($0).run() })
}
