import Kernel

/// `job-service check`: prints the effective configuration, and what keeps the service from starting with it.
struct CheckCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        let configuration = arguments.configuration()
        _ = LoggingConfiguration(reading: configuration.root.section("logging", "The log"))
        do {
            let assembly = try Catalogue.assemble(configuration, log: Logger("check", sink: ErrorSink()))
            Terminal.print(configuration.listing)
            for warning in configuration.warnings { Terminal.printError("warning: \(warning.what)") }
            if arguments.connects { try connect(assembly) }
            Terminal.print("\nThe configuration is sound.")
            return .success
        } catch {
            Terminal.print(configuration.listing)
            Terminal.print(error)
            return ExitCode(error)
        }
    }

    private func connect(_ assembly: Assembly) throws(BootFailure) {
        let outcome = Blocking.run { await assembly.tryStorage(log: Logger("check", sink: ErrorSink())) }
        if case .some(.some(let failure)) = outcome { throw failure }
        Terminal.print("\nThe storage is open to this configuration: \(assembly.storage)")
    }
}

/// Log lines of commands that do not serve: warnings and worse, as text on stderr.
struct ErrorSink: LogSink {
    let level = LogLevel.warning

    func write(_ entry: LogEntry) { Terminal.printError("\(entry.level.name.lowercased()): \(entry.message)") }
}
