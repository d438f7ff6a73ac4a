import Glibc
import Kernel

/// Runs the command that the arguments name and ends the process with its exit code.
func runProgram() -> Never {
    Allocator.keepFreedMemory()
    Catalogue.prepareProcess()
    do {
        let arguments = try Arguments(CommandLine.arguments.dropFirst())
        switch arguments.command {
        case .help: Terminal.print(Arguments.usage)
        case .version: Terminal.print("job-service \(Catalogue.version)")
        case .serve: ServeCommand(arguments).run()
        case .check: exit(CheckCommand(arguments).run().rawValue)
        case .routes: exit(RoutesCommand(arguments).run().rawValue)
        case .copy: exit(CopyCommand(arguments).run().rawValue)
        case .openapi: exit(OpenAPICommand(arguments).run().rawValue)
        }
        exit(ExitCode.success.rawValue)
    } catch {
        Terminal.printError("job-service: \(error.message)\n\n\(Arguments.usage)")
        exit(ExitCode.usage.rawValue)
    }
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
