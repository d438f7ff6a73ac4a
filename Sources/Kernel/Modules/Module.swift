/// A feature area. A module *declares* what it needs and offers; it is made from its configuration without side
/// effects, and does no I/O before its services start.
public protocol Module: Sendable {
    associatedtype Configuration: ModuleConfiguration = NoConfiguration

    static var manifest: Manifest { get }
    /// The C libraries that it is linked with.
    static var libraries: [LinkedLibrary] { get }

    init(configuration: Configuration)

    /// Declares collections, routes, checks, services and capabilities.
    func register(in kernel: any Registrar) throws
}

extension Module {
    public static var libraries: [LinkedLibrary] { [] }
}

/// What is known of a module before it is made.
public struct Manifest: Sendable, Hashable {
    /// The name in `modules.<id>`, `/version` and messages; camelCase.
    public let id: String
    public let summary: String
    /// Ids of the modules without which it cannot run.
    public let requires: [String]
    /// Ids of modules that it changes by what it offers them. It cannot run without them either, and is registered
    /// before them, so that they find its capabilities.
    public let extends: [String]
    /// Whether it runs when the configuration does not say.
    public let isEnabledByDefault: Bool
    /// Whether its section of the configuration is `<id>` and not `modules.<id>`, since it is no feature of its own but
    /// concerns all of them.
    public let isOfService: Bool

    public init(
        id: String, summary: String, requires: [String] = [], extends: [String] = [], isEnabledByDefault: Bool = true,
        isOfService: Bool = false
    ) {
        self.isOfService = isOfService
        self.id = id
        self.summary = summary
        self.requires = requires
        self.extends = extends
        self.isEnabledByDefault = isEnabledByDefault
    }
}

/// A module's section of the configuration, `modules.<id>`.
public protocol ModuleConfiguration: Sendable {
    /// Reads each key with its default and its meaning; what is wrong is recorded in the section.
    init(reading section: ConfigurationSection)

    /// Whether the module runs where `enabled` does not say; nil for what its manifest says. It looks at keys with
    /// `ConfigurationSection.given`, and reads none.
    static func isWanted(by section: ConfigurationSection) -> Bool?
}

extension ModuleConfiguration {
    public static func isWanted(by section: ConfigurationSection) -> Bool? { nil }
}

/// For modules that have nothing to configure.
public struct NoConfiguration: ModuleConfiguration {
    public init(reading section: ConfigurationSection) {}
}
