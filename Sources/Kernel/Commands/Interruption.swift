import Glibc
import Synchronization

/// Whether a signal has come that asks a command to end, which then takes away what it had begun.
public final class Interruption: Sendable {
    private let number = Atomic<Int32>(0)

    private init() {}

    /// The signal's number; nil if none has come.
    public var signal: Int32? {
        let number = number.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    /// Runs a command that must hear of SIGINT, SIGTERM and SIGHUP instead of being ended by them. Once one has come
    /// and the command is done, the process ends as one that was never asked to clean up would have, so that a shell or
    /// a service manager sees why.
    /// - Parameter body: is to look often whether there was a signal, and to throw.
    public static func watching(
        _ arguments: Arguments, _ body: @escaping @Sendable (Interruption) async throws -> Void
    ) -> ExitCode {
        let interruption = Interruption()
        let signals = SignalSet([SIGINT, SIGTERM, SIGHUP])
        signals.block()
        do {
            try OwnThread.start("signals") { interruption.number.store(signals.wait(), ordering: .releasing) }
        } catch {
            Terminal.printFailure(error.what, of: arguments.program.product)
            return .failure
        }
        let code = arguments.reporting { try await body(interruption) }
        if let signal = interruption.signal { SignalSet.endProcess(by: signal) }
        return code
    }
}
