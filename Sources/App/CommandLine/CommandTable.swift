import Jobs

/// Every command of the program. The first one is what runs when none is named.
enum CommandTable {
    static let commands: [CommandSpec] = service + looking + operating + itself

    /// The commands under the headings of the help and of the manual page.
    static let groups: [(heading: String, commands: [CommandSpec])] = [
        ("The service", service),
        ("What a configuration means", looking),
        ("Operating", operating),
        ("The program itself", itself),
    ]

    static let config = CommandOption(
        name: "--config", placeholder: "FILE",
        summary: "the configuration file; by default ./config.yaml, if it is there", value: .file)

    static let json = CommandOption(name: "--json", summary: "print JSON")

    /// Exit codes, the same for all commands.
    static let exitCodes: [(code: Int, meaning: String)] = [
        (0, "success"),
        (1, "a port, path, server or job is not usable for it at the moment; the message says which, and what to do"),
        (64, "the arguments are wrong, or the command is not one for this storage"),
        (78, "the configuration is wrong, or lacks rights"),
    ]

    private static let service = [
        CommandSpec(
            name: "serve", summary: "run the service (the default)",
            description: [
                "Runs until SIGTERM or SIGINT, then answers the requests in flight and ends; a second signal ends it at "
                    + "once, with exit code 1. The log goes to stdout, one JSON object a line.",
                "SIGHUP reads the configuration again; 'job-service check' tells which keys are reloadable.",
            ],
            options: [config],
            examples: [
                .init(command: "job-service", explanation: "with ./config.yaml, or the defaults"),
                .init(
                    command: "job-service serve --config /etc/job-service/config.yaml", explanation: "with that file"),
            ],
            failure: "the address or the storage cannot be had, or a second signal came",
            run: { ServeCommand($0).run() })
    ]

    private static let looking = [
        CommandSpec(
            name: "check", summary: "print the effective configuration and everything that is wrong with it",
            description: [
                "Each value stands with where it came from; secrets are shown as ***. Nothing but the configuration is "
                    + "read, unless --connect is given. That prepares the storage as a start does, with "
                    + "collections and indexes, and changes no jobs; a SQLite database must not be in use."
            ],
            options: [config, CommandOption(name: "--connect", summary: "also open the storage, and close it again")],
            examples: [
                .init(command: "job-service check", explanation: "before a restart"),
                .init(command: "job-service check --connect", explanation: "also tries the storage"),
            ],
            failure: "with --connect, the storage cannot be opened",
            run: { CheckCommand($0).run() }),
        CommandSpec(
            name: "routes", summary: "list what this configuration serves", options: [config, json],
            run: { RoutesCommand($0).run() }),
        CommandSpec(
            name: "openapi", summary: "print the OpenAPI description of what this configuration serves",
            options: [config], run: { OpenAPICommand($0).run() }),
    ]

    private static let itself = [
        CommandSpec(
            name: "version", summary: "print the version, how it was built, and the libraries it is linked with",
            options: [json], run: { VersionCommand($0).run() }),
        CommandSpec(
            name: "completion", summary: "print a script that lets a shell complete this program's arguments",
            operands: [
                .init(placeholder: "SHELL", summary: "bash, zsh or fish", value: .choice(CompletionShell.names))
            ],
            examples: [
                .init(command: "eval \"$(job-service completion bash)\"", explanation: "in ~/.bashrc"),
                .init(
                    command: "job-service completion zsh > \"${fpath[1]}/_job-service\"", explanation: "once, for zsh"),
                .init(
                    command: "job-service completion fish > ~/.config/fish/completions/job-service.fish",
                    explanation: "once, for fish"),
            ],
            run: { CompletionCommand($0).run() }),
        CommandSpec(
            name: "man", summary: "print the manual page",
            options: [
                CommandOption(name: "--markdown", summary: "print docs/commands.md instead"),
                CommandOption(name: "--configuration", summary: "print docs/configuration.md instead"),
            ],
            examples: [.init(command: "job-service man | man -l -", explanation: "read it")],
            run: { ManualCommand($0).run() }),
        CommandSpec(
            name: "help", summary: "print what a command does and takes",
            operands: [.init(placeholder: "COMMAND", summary: "such as 'jobs fail'", isRequired: false)],
            check: { HelpCommand.problem(of: $0.operands) },
            run: { HelpCommand($0).run() }),
    ]
}
