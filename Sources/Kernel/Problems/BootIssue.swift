/// One thing that keeps the service from starting, told the way an operator needs it: what is wrong, where it was
/// said, and what to do about it.
public struct BootIssue: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Int32, Sendable {
        /// Exit code 78 (EX_CONFIG): the configuration, or rights that it lacks.
        case configuration = 78
        /// Exit code 1: a port, path or server that is not usable at the moment.
        case environment = 1
    }

    public let kind: Kind
    public let what: String
    /// Where the value came from: `config.yaml:14:7`, or `environment variable OUR_SERVICE_HTTP__PORT`.
    public let origin: String?
    public let remedy: String?
    /// Whether another process has what is needed, and may end at any time.
    public let isHeldElsewhere: Bool

    /// All of it on one line, for logs.
    public var description: String {
        what + (origin.map { ", at \($0)" } ?? "") + (remedy.map { "; \($0)" } ?? "")
    }

    public init(
        _ kind: Kind, _ what: String, origin: String? = nil, remedy: String? = nil, isHeldElsewhere: Bool = false
    ) {
        self.kind = kind
        self.what = what
        self.origin = origin
        self.remedy = remedy
        self.isHeldElsewhere = isHeldElsewhere
    }
}

/// Everything that was found wrong before the service gave up, each once.
public struct BootFailure: Error, Sendable, CustomStringConvertible {
    public let issues: [BootIssue]

    public var description: String { issues.map(\.description).joined(separator: "; ") }

    public init(_ issues: [BootIssue]) {
        self.issues = issues
    }
}
