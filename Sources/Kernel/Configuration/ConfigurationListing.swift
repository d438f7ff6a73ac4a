extension Configuration {
    /// The configuration in force, a line for each key: value and origin, secrets as `***`; and whether a running
    /// service takes changes over.
    public var listing: String {
        let lines = keys.filter(\.isActive).map { key in
            (
                setting: "\(key.path):\(key.value.map { " " + Self.oneLine($0) } ?? "")",
                origin: (key.value == nil ? "not set" : key.origin.description)
                    + (key.isReloadable ? ", reloadable" : "")
            )
        }
        let width = min(lines.map(\.setting.count).max() ?? 0, 60)
        return lines.map { line in
            let padding = String(repeating: " ", count: max(0, width - line.setting.count))
            return "\(line.setting)\(padding)  # \(line.origin)\n"
        }.joined()
    }

    /// The reference of all keys in Markdown, a table for each section.
    public var guide: String {
        var parts: [String] = []
        for section in familiesOfSections.joined() {
            let start = section.path + "."
            let own = keys.filter { $0.path.hasPrefix(start) && !$0.path.dropFirst(start.count).contains(".") }
            if own.isEmpty && section.help.isEmpty { continue }
            var text = "## `\(section.path)`\n"
            if !section.help.isEmpty { text += "\n\(section.help).\n" }
            if !own.isEmpty {
                text += "\n| key | what it is | type | default | environment | a change takes |\n"
                text += "|---|---|---|---|---|---|\n"
                text += own.map(Self.row).joined()
            }
            parts.append(text)
        }
        return parts.joined(separator: "\n")
    }

    /// The sections below one of the first level, together, in the order of their first declaration.
    private var familiesOfSections: [[(path: String, help: String)]] {
        var families: [[(path: String, help: String)]] = []
        for section in sections {
            let first = section.path.prefix { $0 != "." }
            if let place = families.firstIndex(where: { $0.first?.path.prefix { $0 != "." } == first }) {
                families[place].append(section)
            } else {
                families.append([section])
            }
        }
        return families
    }

    private static func row(_ key: ConfigurationKey) -> String {
        let cells = [
            "`\(key.path)`", key.help, key.type, key.defaultText.map { "`\($0)`" } ?? "none",
            key.variables.map { "`\($0)`" }.joined(separator: ", "), key.isReloadable ? "SIGHUP" : "a restart",
        ]
        return "| " + cells.map { oneLine($0).replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }

    /// Text with control characters in it, as a JSON string; other text as it is.
    private static func oneLine(_ text: String) -> String {
        text.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }
            ? JSON.string(text).text : text
    }
}
