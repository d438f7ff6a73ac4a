import Kernel

/// `help [COMMAND]`, and `--help` wherever it stands.
struct HelpCommand {
    private let name: String
    private let table: CommandTable

    init(_ arguments: Arguments) {
        table = CommandTable(arguments.program)
        name = arguments.operands.joined(separator: " ")
    }

    /// What is wrong with the words behind `help`, or nil.
    static func problem(of words: [String], in table: CommandTable) -> String? {
        let name = words.joined(separator: " ")
        let commands = table.commands
        if words.isEmpty || commands.contains(where: { $0.name == name || $0.name.hasPrefix(name + " ") }) {
            return nil
        }
        return "there is no command '\(name)'" + Spelling.hint(for: name, among: commands.map(\.name))
    }

    func run() -> ExitCode {
        let help = HelpText(table: table, style: .stdout)
        if name.isEmpty {
            Terminal.print(help.overview)
        } else if let command = table.commands.first(where: { $0.name == name }) {
            Terminal.print(help.command(command))
        } else {
            Terminal.print(help.group(name))
        }
        return .success
    }
}
