import Glibc
import Kernel

/// Runs the command that the arguments name and ends the process with its exit code.
func runProgram() -> Never {
    Allocator.keepFreedMemory()
    Catalogue.prepareProcess()
    do {
        let arguments = try Arguments(CommandLine.arguments.dropFirst())
        let code = arguments.command.run(arguments)
        guard code == .success, let reason = Terminal.lostOutput else { endProcess(code) }
        Terminal.printFailure("cannot print what was asked for: \(String(cString: strerror(reason)))")
        endProcess(.failure)
    } catch {
        Terminal.print(error)
        endProcess(.usage)
    }
}

/// Ends the process without the exit handlers of C libraries, which would take apart what other threads still use; see
/// _exit(2). Everything that matters has been written by then.
func endProcess(_ code: ExitCode) -> Never {
    _exit(code.rawValue)
}

/// How the process ends; see sysexits.h.
enum ExitCode: Int32 {
    case success = 0
    /// A port, path or server is not usable at the moment.
    case failure = 1
    /// The arguments are wrong (EX_USAGE).
    case usage = 64
    /// The configuration is wrong (EX_CONFIG).
    case configuration = 78

    init(_ failure: BootFailure) {
        self = failure.issues.contains { $0.kind == .configuration } ? .configuration : .failure
    }
}
