/// One section of the configuration while it is being read: `http`, or `modules.jobs`.
///
/// Reading declares: each call names a key, its type, its default and what it is for. Out of the same calls come the
/// values, the problems (all of them, each with its origin), the strictness (a key that nobody read is unknown), the
/// names of the environment variables and the reference documentation.
public final class ConfigurationSection {
    /// The dotted path: `modules.jobs`.
    public let path: String

    public init(path: String = "") {
        self.path = path
    }

    /// - Parameter variable: the README's own name for the setting (`INPUT_DIR`); the `JOB_SERVICE_…` name, which
    ///   every key has, wins over it.
    public func string(_ key: String, default value: String, variable: String? = nil, _ help: String) -> String {
        value
    }

    public func string(_ key: String, variable: String? = nil, _ help: String) -> String? { nil }

    /// A value that no log, error or page ever shows.
    public func secret(_ key: String, variable: String? = nil, _ help: String) -> Secret? { nil }

    public func strings(_ key: String, default value: [String] = [], _ help: String) -> [String] { value }

    public func boolean(_ key: String, default value: Bool, variable: String? = nil, _ help: String) -> Bool { value }

    public func integer(_ key: String, default value: Int, in range: ClosedRange<Int>, _ help: String) -> Int { value }

    /// A number of bytes, written plainly or with a unit: `1048576`, `64 KiB`, `1 MiB`.
    public func bytes(_ key: String, default value: Int, in range: ClosedRange<Int>, _ help: String) -> Int { value }

    /// A span of time, written with its unit: `250ms`, `5s`, `2m`, `1h`.
    public func duration(_ key: String, default value: Duration, in range: ClosedRange<Duration>, _ help: String)
        -> Duration
    { value }

    public func choice<E: RawRepresentable & CaseIterable>(_ key: String, default value: E, _ help: String) -> E
    where E.RawValue == String { value }

    public func section(_ key: String, _ help: String = "") -> ConfigurationSection {
        ConfigurationSection(path: path.isEmpty ? key : "\(path).\(key)")
    }

    /// Records that the value of `key` is not usable, with what to do about it.
    public func problem(_ key: String, _ what: String, remedy: String) {}
}

/// A value that must not be shown. It prints as `***`; `reveal()` is for the one place that uses it.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    public init(_ value: String) {
        self.value = value
    }

    public func reveal() -> String { value }
    public var description: String { "***" }
    public var debugDescription: String { "***" }
    public var customMirror: Mirror { Mirror(reflecting: "***") }
}
