/// What is known of one key once it has been read: the line of the reference documentation, and what holds now.
public struct ConfigurationKey: Sendable, Hashable {
    public let path: String
    /// `whole number from 1 to 65535`.
    public let type: String
    /// As it would be written in the file; nil if the key has no default.
    public let defaultText: String?
    /// The environment variables that set it, the strongest first.
    public let variables: [String]
    public let help: String
    public let isSecret: Bool
    /// Whether a running service takes a new value over (SIGHUP); otherwise it takes a restart.
    public let isReloadable: Bool
    /// Whether the part of the service that reads it runs; false for the keys of a disabled module.
    public let isActive: Bool
    /// The value in force, secrets as `***`; nil if there is none.
    public let value: String?
    /// The value in force as it is, to tell whether another one differs.
    let exact: Secret?
    /// Where the value in force was said.
    public let origin: ConfigurationOrigin
}
