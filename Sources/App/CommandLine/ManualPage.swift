import Kernel

/// The manual page job-service(1), in the language of man(7).
enum ManualPage {
    static var text: String {
        var lines = [
            ".TH JOB\\-SERVICE 1 \(Catalogue.product.releaseDate) \(quoted("job-service \(Catalogue.product.version)"))",
            ".SH NAME", "job\\-service \\- keeps the register of jobs of a data platform",
            ".SH SYNOPSIS", ".B job\\-service", "[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]",
            ".SH DESCRIPTION",
            escaped(
                "Administrators queue jobs (import a dataset, change it, release a new version of the datastore), an "
                    + "executor polls and works them off, deployers pause the platform before upgrades. Documents are "
                    + "kept in SQLite or in MongoDB, as storage.url says."),
            ".PP",
            escaped("An option's value may stand behind it as --name VALUE or --name=VALUE; -- ends the options."),
            ".SH COMMANDS",
        ]
        for group in CommandTable.groups {
            lines.append(".SS \(quoted(group.heading))")
            for command in group.commands { lines += entry(of: command) }
        }
        lines += environment + files
        lines.append(".SH EXIT STATUS")
        for code in CommandTable.exitCodes { lines += [".TP", ".B \(code.code)", escaped(code.meaning)] }
        lines += [".SH SEE ALSO", ".BR sqlite3 (1),", ".BR mongodump (1)"]
        return lines.joined(separator: "\n")
    }

    private static func entry(of command: CommandSpec) -> [String] {
        var lines = [".TP", bold(command.synopsis)]
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

    private static let environment = [
        ".SH ENVIRONMENT",
        escaped(
            "Every key of the configuration can be set as JOB_SERVICE_<SECTION>__<KEY>, such as JOB_SERVICE_HTTP__PORT. "
                + "NO_COLOR, if set, keeps colours away from terminals."),
    ]

    private static let files = [
        ".SH FILES", ".TP", ".I ./config.yaml", "The configuration, unless \\fB\\-\\-config\\fR names another file.",
        ".TP", ".I ./data/job\\-service.db", "The database, unless storage.url names another one.",
        ".TP", ".I ./data/job\\-service.db\\-control",
        "The socket through which commands reach the running service; for its user and root alone.",
    ]

    private static func bold(_ text: String) -> String { ".B \(quoted(text))" }

    /// A macro's argument.
    private static func quoted(_ text: String) -> String {
        "\"\(escaped(text).replacing("\"", with: "\\(dq"))\""
    }

    /// Text that roff(7) takes as it is.
    private static func escaped(_ text: some StringProtocol) -> String {
        let plain = String(text).replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("'", with: "\\(aq")
            .replacing("…", with: "...")
        return plain.hasPrefix(".") ? "\\&" + plain : plain
    }
}
