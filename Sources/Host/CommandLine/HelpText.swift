import Kernel

/// The help of the program, of a group of commands or of one command, as text for a terminal.
struct HelpText {
    let table: CommandTable
    let style: TextStyle
    private var name: String { table.product.name }

    /// What the program does at all.
    var overview: String {
        var parts = ["usage: \(name) [COMMAND] [OPTIONS]\n\n\(sentence(table.product.words.task))"]
        let width = table.commands.map(\.name.count).max() ?? 0
        for group in table.groups {
            parts.append(section(group.heading, group.commands.map { ($0.name, $0.summary) }, width: width))
        }
        parts.append(
            section("Options", [("--config FILE", Command.Option.config.summary), ("-h, --help", "help on a command")]))
        parts.append(exitCodes())
        parts.append("'\(self.name) help COMMAND' tells more about a command, '\(self.name) man' has it all.")
        return parts.joined(separator: "\n\n")
    }

    /// What the commands of a group do, such as all of `notes`.
    func group(_ name: String) -> String {
        let commands = table.commands.filter { $0.words.first == name }
        return "usage: \(self.name) \(name) COMMAND [OPTIONS]\n\n"
            + section("Commands", commands.map { ($0.name, $0.summary) })
            + "\n\n'\(self.name) help \(name) \(commands.first?.words.last ?? "")' tells more about one of them."
    }

    func command(_ command: Command) -> String {
        var parts = ["usage: \(command.synopsis(of: name))", sentence(command.summary)]
        parts += command.description
        if !command.operands.isEmpty {
            parts.append(section("Arguments", command.operands.map { ($0.placeholder, $0.summary + $0.value.choices) }))
        }
        let options = command.options.map { ($0.usage, $0.summary + $0.value.choices) } + [("-h, --help", "this text")]
        parts.append(section("Options", options))
        if !command.examples.isEmpty {
            parts.append(
                section("Examples", command.examples.map { ("\($0.command)", $0.explanation) }, isStacked: true))
        }
        parts.append(exitCodes(failure: command.failure))
        return parts.map { $0.contains("\n") ? $0 : TextLayout.wrap($0, indent: 0) }.joined(separator: "\n\n")
    }

    private func exitCodes(failure: String? = nil) -> String {
        section(
            "Exit codes",
            table.exitCodes.map { code in
                ("\(code.code)", code.code == 1 ? failure ?? code.meaning : code.meaning)
            })
    }

    private func sentence(_ summary: String) -> String { summary.prefix(1).uppercased() + summary.dropFirst() + "." }

    /// A heading and its entries, each a term with its explanation beside or below it.
    private func section(
        _ heading: String, _ entries: [(term: String, text: String)], width: Int? = nil, isStacked: Bool = false
    ) -> String {
        let width = width ?? entries.map(\.term.count).max() ?? 0
        let lines = entries.map { entry in
            if isStacked { return "  \(entry.term)\n      \(entry.text)" }
            let term = entry.term + String(repeating: " ", count: max(0, width - entry.term.count))
            return "  \(term)  \(TextLayout.wrap(entry.text, indent: width + 4))"
        }
        return ([style.bold("\(heading):")] + lines).joined(separator: "\n")
    }
}

extension Command.Value {
    /// The choices, in brackets; nothing for other kinds.
    var choices: String {
        guard case .choice(let choices) = self else { return "" }
        return " (\(choices.joined(separator: ", ")))"
    }
}
