import Kernel

/// `man`: the manual page, or one of the guides that are made from the code.
struct ManualCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        let table = CommandTable(arguments.program)
        if arguments.has("--markdown") {
            Terminal.print(CommandGuide(table: table).markdown)
        } else if arguments.has("--configuration") {
            Terminal.print(ConfigurationGuide(program: arguments.program).markdown)
        } else {
            Terminal.print(ManualPage(table: table).text)
        }
        return .success
    }
}

/// `completion SHELL`
struct CompletionCommand {
    private let shell: CompletionShell?
    private let table: CommandTable

    init(_ arguments: Arguments) {
        table = CommandTable(arguments.program)
        shell = arguments.operands.first.flatMap(CompletionShell.init)
    }

    func run() -> ExitCode {
        guard let shell else { return .usage }
        Terminal.print(shell.script(table))
        return .success
    }
}
