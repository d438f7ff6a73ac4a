/// The section `logging`.
public struct LoggingConfiguration: Sendable {
    public let level: LogLevel

    public init(reading section: ConfigurationSection) {
        level = section.reloadable.choice("level", default: Name.info, "The least grave lines that are written").level
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
