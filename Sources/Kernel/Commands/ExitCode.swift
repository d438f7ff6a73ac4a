/// How the process ends; see sysexits.h.
public enum ExitCode: Int32, Sendable {
    case success = 0
    /// A port, path or server is not usable at the moment.
    case failure = 1
    /// The arguments are wrong (EX_USAGE).
    case usage = 64
    /// The configuration is wrong (EX_CONFIG).
    case configuration = 78

    /// How a program ends that cannot start for such a reason.
    public init(_ failure: BootFailure) {
        self = failure.issues.contains { $0.kind == .configuration } ? .configuration : .failure
    }
}
