import Kernel

/// The manual page of the program, in the language of man(7).
struct ManualPage {
    let table: CommandTable
    private var product: Product { table.product }
    private var manuals: [StorageManual] { table.program.drivers.map { $0.manual(of: product) } }

    var text: String {
        var lines = [
            ".TH \(escaped(product.name.uppercased())) 1 \(date) \(quoted("\(product.name) \(product.version)"))",
            ".SH NAME", "\(name) \\- \(escaped(product.words.task))",
            ".SH SYNOPSIS", ".B \(name)", "[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]",
            ".SH DESCRIPTION",
        ]
        for paragraph in product.words.manual { lines += [escaped(paragraph), ".PP"] }
        lines += [
            escaped("An option's value may stand behind it as --name VALUE or --name=VALUE; -- ends the options."),
            ".SH COMMANDS",
        ]
        for group in table.groups {
            lines.append(".SS \(quoted(group.heading))")
            for command in group.commands { lines += entry(of: command) }
        }
        lines += environment + files
        lines.append(".SH EXIT STATUS")
        for code in table.exitCodes { lines += [".TP", ".B \(code.code)", escaped(code.meaning)] }
        let pages = manuals.flatMap(\.seeAlso)
        if !pages.isEmpty { lines.append(".SH SEE ALSO") }
        for (index, page) in pages.enumerated() {
            let parts = page.split(separator: "(", maxSplits: 1)
            lines.append(
                ".BR \(escaped(parts[0])) (\(parts.last ?? "")" + (index == pages.count - 1 ? "" : ","))
        }
        return lines.joined(separator: "\n")
    }

    private func entry(of command: Command) -> [String] {
        var lines = [".TP", bold(command.synopsis(of: product.name))]
        lines.append(escaped(command.summary.prefix(1).uppercased() + command.summary.dropFirst() + "."))
        for paragraph in command.description { lines += [".IP", escaped(paragraph)] }
        let terms =
            command.operands.map { ($0.placeholder, $0.summary + $0.value.choices) }
            + command.options.map { ($0.usage, $0.summary + $0.value.choices) }
        if !terms.isEmpty {
            lines.append(".RS")
            for (term, text) in terms { lines += [".TP", bold(term), escaped(text)] }
            lines.append(".RE")
        }
        for example in command.examples {
            lines += [".IP", escaped("Example, \(example.explanation):"), ".IP", bold(example.command)]
        }
        return lines
    }

    private var environment: [String] {
        [
            ".SH ENVIRONMENT",
            escaped(
                "Every key of the configuration can be set as \(product.environmentPrefix)_<SECTION>__<KEY>, such as "
                    + "\(product.environmentPrefix)_HTTP__PORT. "
                    + "NO_COLOR, if set, keeps colours away from terminals."),
        ]
    }

    private var files: [String] {
        [".SH FILES", ".TP", ".I ./config.yaml", "The configuration, unless \\fB\\-\\-config\\fR names another file."]
            + manuals.flatMap(\.files).flatMap { [".TP", ".I \(plain($0.path))", escaped($0.what)] }
    }

    private var name: String { escaped(product.name) }
    /// An empty argument would be taken for the next one.
    private var date: String { product.releaseDate.isEmpty ? "\"\"" : product.releaseDate }

    private func bold(_ text: String) -> String { ".B \(quoted(text))" }

    /// A macro's argument.
    private func quoted(_ text: String) -> String {
        "\"\(escaped(text).replacing("\"", with: "\\(dq"))\""
    }

    /// Text that roff(7) takes as it is, at the beginning of a line too.
    private func escaped(_ text: some StringProtocol) -> String {
        let plain = plain(text)
        return plain.hasPrefix(".") ? "\\&" + plain : plain
    }

    private func plain(_ text: some StringProtocol) -> String {
        String(text).replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("'", with: "\\(aq")
            .replacing("…", with: "...")
    }
}
