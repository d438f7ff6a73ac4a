/// `job-service man`: the manual page, or docs/commands.md.
struct ManualCommand {
    private let isMarkdown: Bool

    init(_ arguments: Arguments) {
        isMarkdown = arguments.has("--markdown")
    }

    func run() -> ExitCode {
        Terminal.print(isMarkdown ? CommandGuide.markdown : ManualPage.text)
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
