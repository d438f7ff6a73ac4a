/// One section of the configuration while it is being read: `http`, or `modules.notes`.
///
/// Reading declares: each call names a key, its type, its default and what it is for. Out of the same calls come the
/// values, the problems (all of them, each with its origin), the strictness (a key that nobody read is unknown), the
/// names of the environment variables and the reference documentation.
public final class ConfigurationSection {
    /// The dotted path: `modules.notes`.
    public let path: String
    let configuration: Configuration
    let isActive: Bool
    private let isReloadable: Bool

    /// An empty section, in which every key has its default.
    /// - Parameters:
    ///   - path: where it stands.
    ///   - product: whose it is.
    public convenience init(path: String = "", of product: Product = .unnamed) {
        self.init(path: path, of: Configuration(of: product), isActive: true)
    }

    /// Whose configuration this is.
    public var product: Product { configuration.product }

    init(path: String, of configuration: Configuration, isActive: Bool, isReloadable: Bool = false) {
        self.path = path
        self.configuration = configuration
        self.isActive = isActive
        self.isReloadable = isReloadable
    }

    /// A text.
    /// - Parameters:
    ///   - key: its name in this section.
    ///   - value: the default.
    ///   - variable: the README's own name for the setting (`INPUT_DIR`); the name with the product's prefix, which
    ///     every key has, wins over it.
    ///   - help: what it is, for the reference.
    public func string(_ key: String, default value: String, variable: String? = nil, _ help: String) -> String {
        read(key, .text, default: value, variables: variable.map { [$0] } ?? [], help) ?? value
    }

    /// A text without a default. The secrets file is asked for `variable` too, where the environment has none.
    public func string(_ key: String, variable: String? = nil, _ help: String) -> String? {
        read(key, .text, variables: variable.map { [$0] } ?? [], mayBeSecret: true, help)
    }

    /// A text that must be given; nil, and a problem, if it is not.
    public func required(_ key: String, variable: String? = nil, _ help: String) -> String? {
        let before = configuration.problems.count
        if let value = string(key, variable: variable, help), !value.isEmpty { return value }
        guard configuration.problems.count == before else { return nil }
        let name = variable ?? configuration.environment.name(for: full(key))
        problem(key, "is required", remedy: "set \(name), or \(full(key)) in the configuration file")
        return nil
    }

    /// A value that no log, error or page ever shows. It is looked for in the environment, then in the secrets file.
    public func secret(_ key: String, variable: String? = nil, _ help: String) -> Secret? {
        read(key, .secret, variables: variable.map { [$0] } ?? [], mayBeSecret: true, help)
    }

    public func strings(_ key: String, default value: [String] = [], _ help: String) -> [String] {
        read(key, .list(of: .text), default: value, help) ?? value
    }

    public func boolean(_ key: String, default value: Bool, variable: String? = nil, _ help: String) -> Bool {
        read(key, .boolean, default: value, variables: variable.map { [$0] } ?? [], help) ?? value
    }

    /// A choice that the code makes itself where the configuration does not.
    public func boolean(_ key: String, variable: String? = nil, _ help: String) -> Bool? {
        read(key, .boolean, variables: variable.map { [$0] } ?? [], help)
    }

    public func integer(
        _ key: String, default value: Int, in range: ClosedRange<Int>, variable: String? = nil, _ help: String
    ) -> Int {
        read(key, .integer(in: range), default: value, variables: variable.map { [$0] } ?? [], help) ?? value
    }

    /// A number of bytes, written plainly or with a unit: `1048576`, `64 KiB`, `1 MiB`.
    public func bytes(_ key: String, default value: Int, in range: ClosedRange<Int>, _ help: String) -> Int {
        read(key, .bytes(in: range), default: value, help) ?? value
    }

    /// A span of time, written with its unit: `250ms`, `5s`, `2m`, `1h`.
    public func duration(_ key: String, default value: Duration, in range: ClosedRange<Duration>, _ help: String)
        -> Duration
    {
        read(key, .duration(in: range), default: value, help) ?? value
    }

    public func choice<E: RawRepresentable & CaseIterable>(
        _ key: String, default value: E, variable: String? = nil, _ help: String
    ) -> E where E.RawValue == String {
        read(key, .choice(), default: value, variables: variable.map { [$0] } ?? [], help) ?? value
    }

    /// What is said for `key`, which is not read by this; nil if nothing is, or no single value.
    /// - Parameter variable: as where it is read.
    public func given(_ key: String, variable: String? = nil) -> String? {
        let value = try? configuration.value(at: full(key), variables: variable.map { [$0] } ?? [], mayBeSecret: true)
        guard case .scalar(let text, _) = value?.content, !text.isEmpty else { return nil }
        return text
    }

    public func section(_ key: String, _ help: String = "") -> ConfigurationSection {
        configuration.declareSection(full(key), help)
        return ConfigurationSection(
            path: full(key), of: configuration, isActive: isActive, isReloadable: isReloadable)
    }

    /// Records that the value of `key` is not usable, with what to do about it.
    /// - Parameters:
    ///   - key: its name in this section; empty for the section as a whole.
    ///   - what: continues `<key>: …`, such as `must end in .db`. It must not quote a secret.
    ///   - remedy: what to do.
    public func problem(_ key: String, _ what: String, remedy: String) {
        report("\(full(key)): \(what)", origin: configuration.origin(of: full(key)), remedy: remedy)
    }

    /// Where the value of `key` was said, for a `BootIssue` of later; nil for a default.
    public func origin(of key: String) -> String? { configuration.origin(of: full(key))?.description }

    /// The same section for a part of the service that does not run: what is read there is known and documented, but
    /// nothing about it is a problem.
    public var disabled: ConfigurationSection {
        ConfigurationSection(path: path, of: configuration, isActive: false, isReloadable: isReloadable)
    }

    /// The same section for keys whose changes a running service takes over when it reads its configuration again.
    /// Whoever reads a key of a module here takes its changes with `Registrar.reload`.
    public var reloadable: ConfigurationSection {
        ConfigurationSection(path: path, of: configuration, isActive: isActive, isReloadable: true)
    }

    /// Lets anything stand below `key`: for a part that is not read at all, such as a driver that is not chosen.
    public func skip(_ key: String) {
        configuration.declareUnchecked(full(key))
    }
}

extension ConfigurationSection {
    func full(_ key: String) -> String {
        if key.isEmpty { return path }
        return path.isEmpty ? key : "\(path).\(key)"
    }

    func report(_ what: String, origin: ConfigurationOrigin?, remedy: String) {
        guard isActive else { return }
        configuration.report(BootIssue(.configuration, what, origin: origin?.description, remedy: remedy))
    }

    func read<Value>(
        _ key: String, _ kind: ValueKind<Value>, default value: Value? = nil, variables: [String] = [],
        mayBeSecret: Bool = false, _ help: String
    ) -> Value? {
        let path = full(key)
        var effective = value
        var origin = ConfigurationOrigin.builtIn
        do throws(BootIssue) {
            if let found = try configuration.value(at: path, variables: variables, mayBeSecret: mayBeSecret) {
                origin = found.origin
                switch kind.parse(found) {
                case .success(let given): effective = given
                case .failure(let problem):
                    report("\(path): \(problem.what)", origin: found.origin, remedy: problem.remedy)
                }
            }
        } catch {
            if isActive { configuration.report(error) }
        }
        declare(path, kind, default: value, variables, help, effective, origin)
        return effective
    }

    private static func exact<Value>(_ value: Value, _ kind: ValueKind<Value>) -> Secret {
        switch value {
        case let secret as Secret: secret
        case let secrets as [Secret]: Secret(JSON.array(secrets.map { .string($0.reveal()) }).text)
        case let entries as [SecretTree]: Secret(JSON.array(entries.map(\.tree.json)).text)
        default: Secret(kind.write(value))
        }
    }

    func declare<Value>(
        _ path: String, _ kind: ValueKind<Value>, default value: Value?, _ variables: [String], _ help: String,
        _ effective: Value?, _ origin: ConfigurationOrigin
    ) {
        let isSecret = Value.self == Secret.self || Value.self == [Secret].self || Value.self == [SecretTree].self
        configuration.declare(
            ConfigurationKey(
                path: path, type: kind.name, defaultText: value.map { Redaction.hidingSecrets(in: kind.write($0)) },
                variables: [configuration.environment.name(for: path)] + variables, help: help, isSecret: isSecret,
                isReloadable: isReloadable, isActive: isActive,
                value: effective.map { Redaction.hidingSecrets(in: kind.write($0)) },
                exact: effective.map { Self.exact($0, kind) }, origin: origin))
    }
}
