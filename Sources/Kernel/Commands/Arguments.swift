/// A command line that has been understood: a command with its options and operands, and the program that was called.
public struct Arguments: Sendable {
    public let program: Program
    public let command: Command
    package var values: [String: String] = [:]
    package var flags: Set<String> = []
    /// The words that are no options.
    package(set) public var operands: [String] = []

    package init(_ command: Command, of program: Program) {
        self.command = command
        self.program = program
    }

    /// The value of an option.
    public subscript(option: String) -> String? { values[option] }

    /// Whether an option without a value is given.
    public func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// Whether `--json` is given.
    public var wantsJSON: Bool { has("--json") }

    /// The file that `--config` names; nil for the default one, which need not be there.
    public var configurationFile: String? { values["--config"] }
}

extension Arguments {
    /// The configuration that these arguments and the environment name.
    /// - Parameters:
    ///   - fileIsRequired: whether the default file must be there as well.
    ///   - environment: by default this process's.
    public func configuration(
        fileIsRequired: Bool = false, environment: [String: String] = Configuration.processEnvironment
    ) -> Configuration {
        if let configurationFile {
            return .load(of: program.product, file: configurationFile, fileIsRequired: true, environment: environment)
        }
        return .load(of: program.product, fileIsRequired: fileIsRequired, environment: environment)
    }

    /// The service of that configuration, for commands that do not run it.
    /// - Parameters:
    ///   - environment: by default this process's.
    ///   - drivers: which of them `storage.url` may name; by default those of the program.
    /// - Throws: what keeps it from starting.
    public func assembly(
        environment: [String: String] = Configuration.processEnvironment, drivers: [any StorageDriver.Type]? = nil
    ) throws(BootFailure) -> Assembly {
        try program.assemble(
            configuration(environment: environment), drivers: drivers,
            log: Logger(program.product.name, sink: ErrorSink()))
    }

    /// Runs a command's work, waits for it and prints what becomes of it.
    public func reporting(_ work: @escaping @Sendable () async throws -> Void) -> ExitCode {
        CommandFailure.reporting(program.product, work)
    }
}

/// Log lines of commands that do not serve: warnings and worse, as text on stderr.
package struct ErrorSink: LogSink {
    package let level = LogLevel.warning

    package init() {}

    package func write(_ entry: LogEntry) { Terminal.printError("\(entry.level.name.lowercased()): \(entry.message)") }
}
