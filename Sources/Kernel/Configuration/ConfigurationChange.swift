/// A key whose value differs between what is in force and what was read later.
public struct ConfigurationChange: Sendable, Hashable, CustomStringConvertible {
    public let key: ConfigurationKey
    /// The value in force before, secrets as `***`.
    public let before: String?

    public var path: String { key.path }
    /// Whether the running service takes the new value over; otherwise it takes a restart.
    public var isReloadable: Bool { key.isReloadable }

    /// `http.limits.body: 4 MiB -> 1 MiB (config.yaml:22:11)`; of a secret only that it changed.
    public var description: String {
        let change = key.isSecret ? "changed" : "\(Self.shown(before)) -> \(Self.shown(key.value))"
        return "\(path): \(change) (\(key.origin))"
    }

    private static func shown(_ value: String?) -> String { value.map { JSON.string($0).text } ?? "not set" }

    /// The keys that two readings have in common, and in use, with different values.
    static func all(from before: [ConfigurationKey], to after: [ConfigurationKey]) -> [ConfigurationChange] {
        let old = Dictionary(before.map { ($0.path, $0) }) { first, _ in first }
        return after.compactMap { key in
            guard let previous = old[key.path], previous.isActive, key.isActive, previous.exact != key.exact else {
                return nil
            }
            return ConfigurationChange(key: key, before: previous.value)
        }
    }
}
