import Kernel

/// What whoever runs the service may see and set of it, as routes: by their access the pages know who may.
enum ConfigurationRoute {
    static let path = "/console/data/configuration"
    static let levelPath = "/console/data/log-level"

    private static let access: Access = [.operator, .administrator]

    static func register(in kernel: any Registrar) {
        let (context, log) = (kernel.context, kernel.log)
        kernel.get(
            RoutePattern(stringLiteral: path),
            Operation("Shows the configuration in force, secrets hidden", access: access)
        ) { _ in context.configuration.filter(\.isActive).map(Setting.init) }
        kernel.get(
            RoutePattern(stringLiteral: levelPath), Operation("Shows the level of the log", access: access)
        ) { _ in Level(level: .init(context.logLevel)) }
        kernel.put(
            RoutePattern(stringLiteral: levelPath),
            Operation("Sets the level of the log until the next start", access: access), .body(Level.self)
        ) { request, new in
            let before = context.logLevel
            context.logLevel = new.level.level
            log.with(requestID: request.id).warning(
                "the level of the log is \(context.logLevel.name) and was \(before.name), says \(request.principal)")
            return Level(level: .init(context.logLevel))
        }
    }
}

/// A line of the configuration.
struct Setting: ReplyBody {
    let path: String
    let value: String?
    let origin: String
    let help: String
    let isReloadable: Bool

    init(_ key: ConfigurationKey) {
        path = key.path
        value = key.value
        origin = key.value == nil ? "not set" : key.origin.description
        help = key.help
        isReloadable = key.isReloadable
    }

    private init(path: String, value: String?, origin: String, help: String, isReloadable: Bool) {
        self.path = path
        self.value = value
        self.origin = origin
        self.help = help
        self.isReloadable = isReloadable
    }

    static let schema = Schema.object(
        "Setting", .required("path", \.path, .string()), .optional("value", \.value, .string()),
        .required("origin", \.origin, .string()), .required("help", \.help, .string()),
        .required("reloadable", \.isReloadable, .boolean()),
        as: Setting.init(path:value:origin:help:isReloadable:))
}

/// The least grave lines that are logged.
struct Level: ReplyBody, RequestBody {
    enum Name: String, Vocabulary {
        case debug, info, warning, error, critical

        init(_ level: LogLevel) {
            self =
                switch level {
                case .debug: .debug
                case .info: .info
                case .warning: .warning
                case .error: .error
                case .critical: .critical
                }
        }

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

    let level: Name

    static let schema = Schema.object("LogLevel", .required("level", \.level, .choice()), as: Level.init)
}
