/// `job-service man`: the manual page, or one of the guides that are made from the code.
struct ManualCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        if arguments.has("--markdown") {
            Terminal.print(CommandGuide.markdown)
        } else if arguments.has("--configuration") {
            Terminal.print(ConfigurationGuide.markdown)
        } else {
            Terminal.print(ManualPage.text)
        }
        return .success
    }
}

/// `job-service completion SHELL`
struct CompletionCommand {
    private let shell: CompletionShell?

    init(_ arguments: Arguments) {
        shell = arguments.operands.first.flatMap(CompletionShell.init)
    }

    func run() -> ExitCode {
        guard let shell else { return .usage }
        Terminal.print(shell.script)
        return .success
    }
}
