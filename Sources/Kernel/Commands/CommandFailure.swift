/// Why a command did not do what it is for, and the exit code that says so.
public struct CommandFailure: Error, Sendable {
    public let message: String
    /// What to do about it.
    public let remedy: String?
    public let code: ExitCode
    /// Whether the same may well succeed in a while, since a service or its storage is away.
    public let isPassing: Bool

    /// - Parameters:
    ///   - message: what is wrong, and where.
    ///   - remedy: what to do about it.
    ///   - code: the exit code.
    ///   - isPassing: whether the same may well succeed in a while.
    public init(_ message: String, remedy: String? = nil, code: ExitCode = .failure, isPassing: Bool = false) {
        self.message = message
        self.remedy = remedy
        self.code = code
        self.isPassing = isPassing
    }

    /// What keeps a service from starting, as the failure of a command.
    public init(_ issue: BootIssue) {
        self.init(
            issue.origin.map { "\(issue.what) (\($0))" } ?? issue.what, remedy: issue.remedy,
            code: issue.kind == .configuration ? .configuration : .failure)
    }

    /// Runs a command's work and prints what becomes of it.
    static func reporting(_ product: Product, _ work: @escaping @Sendable () async throws -> Void) -> ExitCode {
        let outcome = Blocking.run { () -> (any Error)? in
            do {
                try await work()
                return nil
            } catch {
                return error
            }
        }
        switch outcome {
        case .some(nil): return .success
        case let failure as CommandFailure:
            Terminal.printFailure(failure.message, remedy: failure.remedy, of: product)
            return failure.code
        case let failure as BootFailure:
            for issue in failure.issues.map(CommandFailure.init) {
                Terminal.printFailure(issue.message, remedy: issue.remedy, of: product)
            }
            return ExitCode(failure)
        case let issue as BootIssue:
            let failure = CommandFailure(issue)
            Terminal.printFailure(failure.message, remedy: failure.remedy, of: product)
            return failure.code
        case .some(.some(let error)):
            Terminal.printFailure(error.words, of: product)
            return .failure
        case nil: return .failure
        }
    }
}
