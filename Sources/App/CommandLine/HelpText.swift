/// The help of the program, of a group of commands or of one command, as text for a terminal.
struct HelpText {
    let style: Style

    /// What the program does at all.
    var overview: String {
        var parts = ["usage: job-service [COMMAND] [OPTIONS]\n\nKeeps the register of jobs of a data platform."]
        let width = CommandTable.commands.map(\.name.count).max() ?? 0
        for group in CommandTable.groups {
            parts.append(section(group.heading, group.commands.map { ($0.name, $0.summary) }, width: width))
        }
        parts.append(
            section("Options", [("--config FILE", CommandTable.config.summary), ("-h, --help", "help on a command")]))
        parts.append(exitCodes())
        parts.append("'job-service help COMMAND' tells more about a command, 'job-service man' has it all.")
        return parts.joined(separator: "\n\n")
    }

    /// What the commands of a group do, such as all of `jobs`.
    func group(_ name: String) -> String {
        let commands = CommandTable.commands.filter { $0.words.first == name }
        return "usage: job-service \(name) COMMAND [OPTIONS]\n\n"
            + section("Commands", commands.map { ($0.name, $0.summary) })
            + "\n\n'job-service help \(name) \(commands.first?.words.last ?? "")' tells more about one of them."
    }

    func command(_ command: CommandSpec) -> String {
        var parts = ["usage: \(command.synopsis)", sentence(command.summary)]
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
            CommandTable.exitCodes.map { code in
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

extension Value {
    /// The choices, in brackets; nothing for other kinds.
    var choices: String {
        guard case .choice(let choices) = self else { return "" }
        return " (\(choices.joined(separator: ", ")))"
    }
}

/// Breaks text into lines.
enum TextLayout {
    private static let lineLength = 100

    /// - Parameter indent: of all lines but the first, which also begins there.
    static func wrap(_ text: String, indent: Int) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > lineLength {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return (lines + [line]).joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    /// Rows with their columns aligned, the last one as long as it is.
    static func table(_ rows: [[String]]) -> [String] {
        let count = (rows.map(\.count).max() ?? 1) - 1
        let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 2) }.joined()
                + (row.last ?? "")
        }
    }
}
