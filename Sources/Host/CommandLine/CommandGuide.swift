import Kernel

/// docs/commands.md: all commands in Markdown.
struct CommandGuide {
    let table: CommandTable
    private var name: String { table.product.name }

    var markdown: String {
        var parts = [
            """
            # Commands

            <!-- Written by `\(name) man --markdown`; a test compares the two. -->

            `\(name) [COMMAND] [OPTIONS]`. `--help` behind a command tells what stands here about it; `\(name) man`
            prints the manual page, `\(name) completion bash` what completes all of this in a shell.
            """
        ]
        for group in table.groups {
            parts.append("## \(group.heading)")
            parts += group.commands.map(section)
        }
        parts.append(
            "## Exit codes\n\n| code | meaning |\n|---|---|\n"
                + table.exitCodes.map { "| \($0.code) | \(cell($0.meaning)) |" }.joined(separator: "\n"))
        return parts.joined(separator: "\n\n")
    }

    private func section(_ command: Command) -> String {
        var parts = [
            "### `\(name) \(command.name)`",
            command.summary.prefix(1).uppercased() + command.summary.dropFirst() + ".",
        ]
        parts += command.description.map { escaped(TextLayout.wrap($0, indent: 0)) }
        let terms =
            command.operands.map { ($0.placeholder, $0.summary + $0.value.choices) }
            + command.options.map { ($0.usage, $0.summary + $0.value.choices) }
        if !terms.isEmpty {
            parts.append(
                "| argument | what it is |\n|---|---|\n"
                    + terms.map { "| `\($0)` | \(cell($1)) |" }.joined(separator: "\n"))
        }
        if let failure = command.failure { parts.append("Exit code 1: \(failure).") }
        if !command.examples.isEmpty {
            let lines = command.examples.map { "\($0.command)    # \($0.explanation)" }
            parts.append("```\n\(lines.joined(separator: "\n"))\n```")
        }
        return parts.joined(separator: "\n\n")
    }

    private func cell(_ text: String) -> String { escaped(text).replacing("|", with: "\\|") }

    private func escaped(_ text: String) -> String { text.replacing("*", with: "\\*") }
}
