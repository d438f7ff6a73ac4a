/// The section `logging`.
public struct LoggingConfiguration: Sendable {
    public let level: LogLevel
    public let format: Format
    let access: AccessLines

    /// What lines look like.
    public enum Format: String, Sendable, CaseIterable {
        case json, text
        /// Text for a terminal, JSON for everything else.
        case auto
    }

    /// Which answers have a line at INFO.
    enum AccessLines: String, Sendable, CaseIterable {
        /// All but those that executors and probes ask for every few seconds.
        case notable
        case all
    }

    /// - Parameter root: the whole configuration.
    public init(reading root: ConfigurationSection) {
        let section = root.section("logging", "The log")
        level = section.reloadable.choice("level", default: Name.info, "The least grave lines that are written").level
        format = section.choice(
            "format", default: .auto,
            "JSON for programs, text for people, or auto: text if standard output is a terminal")
        access = section.reloadable.choice(
            "access", default: .notable,
            "Which requests that succeed have a line at INFO: the notable ones, with polls and probes at DEBUG, or all")
    }

    private enum Name: String, CaseIterable {
        case debug, info, warning, error, critical

        var level: LogLevel {
            switch self {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
        }
    }
}
