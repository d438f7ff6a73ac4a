import Kernel

// What the host itself can do, and with that the whole table.
extension CommandTable {
    init(_ program: Program) {
        let brought = program.ownCommands
        self.init(
            program,
            [
                ("The service", [Self.serve(program.product)]),
                ("What a configuration means", Self.looking(program.product)),
                (
                    "Operating",
                    [Self.status(program.product)] + brought
                        + [LogLevelCommand.command(program.product), Self.copy(program)]
                ),
                (
                    "The program itself",
                    Self.itself(program, example: brought.last { $0.module == brought.first?.module })
                ),
            ])
    }

    private static func serve(_ product: Product) -> Command {
        Command(
            "serve", "run the service (the default)",
            description: [
                "Runs until SIGTERM or SIGINT, then answers the requests in flight and ends; a second signal ends it at "
                    + "once, with exit code 1. The log goes to stdout, one JSON object a line.",
                "SIGHUP reads the configuration again; '\(product.name) check' tells which keys are reloadable.",
            ],
            options: [.config],
            examples: [
                .init(product.name, "with ./config.yaml, or the defaults"),
                .init("\(product.name) serve --config /etc/\(product.name)/config.yaml", "with that file"),
            ],
            failure: "the address or the storage cannot be had, or a second signal came",
            run: { ServeCommand($0).run() })
    }

    private static func looking(_ product: Product) -> [Command] {
        [
            Command(
                "check", "print the effective configuration and everything that is wrong with it",
                description: [
                    "Each value stands with where it came from; secrets are shown as ***. Nothing but the configuration "
                        + "is read, unless --connect is given. That prepares the storage as a start does, with "
                        + "collections and indexes, and changes no \(product.words.item)s; where a running service holds "
                        + "it, that is told instead."
                ],
                options: [.config, .init("--connect", "also open the storage, and close it again")],
                examples: [
                    .init("\(product.name) check", "before a restart"),
                    .init("\(product.name) check --connect", "also tries the storage"),
                ],
                failure: "with --connect, the storage cannot be opened", run: { CheckCommand($0).run() }),
            Command(
                "routes", "list what this configuration serves", options: [.config, .json],
                run: { RoutesCommand($0).run() }),
            Command(
                "openapi", "print the OpenAPI description of what this configuration serves", options: [.config],
                run: { OpenAPICommand($0).run() }),
        ]
    }

    private static func status(_ product: Product) -> Command {
        Command(
            "status", "tell what runs here, and how it is", description: [Command.reach],
            options: [.json, .config],
            examples: [
                .init("\(product.name) status", "one screen"),
                .init(
                    "\(product.name) status >/dev/null || systemctl status \(product.name)", "only if it is not well"),
            ],
            failure: "no service runs here, or it is not ready", perform: { try await StatusCommand($0).perform() })
    }

    private static func copy(_ program: Program) -> Command {
        let name = program.product.name
        let manuals = program.drivers.map { $0.manual(of: program.product) }
        let here = manuals.first?.exampleURL ?? ""
        let moves = manuals.dropFirst().filter { !$0.exampleURL.isEmpty }.map {
            Command.Example("\(name) copy --from \(here) --to \($0.exampleURL)", "move to \($0.name)")
        }
        let takeovers = program.copySources.map {
            Command.Example("\(name) copy --from \($0.exampleURL) --to \(here)", $0.explanation)
        }
        let example = manuals.first.map { $0.shortURL.isEmpty ? "" : ", such as \($0.shortURL)" } ?? ""
        return Command(
            "copy", "copy all documents from one database to another and compare them",
            description: [
                "Nothing else may write to either of them meanwhile. A copy that was interrupted goes on where it ended."
            ] + program.copySources.map(\.description),
            options: [
                .init("--from", "URL", "the storage.url to read\(example)", isRequired: true),
                .init("--to", "URL", "the storage.url to write, another one", isRequired: true),
                .config,
            ],
            examples: moves + takeovers, failure: "a database cannot be used, or the target has other documents",
            check: { $0["--from"] == $0["--to"] ? "--from URL and --to URL must be two different ones" : nil },
            run: { CopyCommand($0).run() })
    }

    /// - Parameter example: a command for the help of `help`.
    private static func itself(_ program: Program, example: Command?) -> [Command] {
        let name = program.product.name
        return [
            Command(
                "version", "print the version, how it was built, and the libraries it is linked with",
                options: [.json], run: { VersionCommand($0).run() }),
            Command(
                "completion", "print a script that lets a shell complete this program's arguments",
                operands: [.init("SHELL", "bash, zsh or fish", value: .choice(CompletionShell.names))],
                examples: [
                    .init("eval \"$(\(name) completion bash)\"", "in ~/.bashrc"),
                    .init("\(name) completion zsh > \"${fpath[1]}/_\(name)\"", "once, for zsh"),
                    .init("\(name) completion fish > ~/.config/fish/completions/\(name).fish", "once, for fish"),
                ],
                run: { CompletionCommand($0).run() }),
            Command(
                "man", "print the manual page",
                options: [
                    .init("--markdown", "print docs/commands.md instead"),
                    .init("--configuration", "print docs/configuration.md instead"),
                ],
                examples: [.init("\(name) man | man -l -", "read it")], run: { ManualCommand($0).run() }),
            Command(
                "help", "print what a command does and takes",
                operands: [.init("COMMAND", "such as '\(example?.name ?? "check")'", isRequired: false)],
                check: { HelpCommand.problem(of: $0.operands, in: CommandTable($0.program)) },
                run: { HelpCommand($0).run() }),
        ]
    }
}
