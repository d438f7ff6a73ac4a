import Glibc
import Kernel

/// `serve`: runs until SIGTERM or SIGINT; a second one ends the process at once. SIGHUP has the
/// configuration read again.
struct ServeCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> Never {
        // Blocked before any thread starts, so that every thread inherits it and only `wait` below takes signals.
        let signals = SignalSet([SIGTERM, SIGINT, SIGHUP])
        signals.block()
        signal(SIGPIPE, SIG_IGN)
        Orphans.leaveToKernel()

        let service: RunningService
        do {
            service = try RunningService(arguments)
        } catch {
            Terminal.print(error, of: arguments.program.product)
            exit(ExitCode(error).rawValue)
        }
        Task.detached { await service.start() }
        while signals.wait() == SIGHUP { service.reload() }
        Task.detached { await service.stop() }
        while signals.wait() == SIGHUP { service.reload() }
        service.abort()
    }
}
