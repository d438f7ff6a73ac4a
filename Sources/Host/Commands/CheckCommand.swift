import Kernel

/// `check`: prints the effective configuration, and what keeps the service from starting with it.
struct CheckCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        let configuration = arguments.configuration()
        do {
            let assembly = try arguments.program.assemble(configuration, log: Logger("check", sink: ErrorSink()))
            Terminal.print(listing(configuration))
            for warning in configuration.warnings {
                Terminal.printError(TextStyle.stderr.yellow("warning: \(warning)"))
            }
            if arguments.has("--connect") { try connect(assembly) }
            Terminal.print("\n" + TextStyle.stdout.green("The configuration is sound."))
            return .success
        } catch {
            Terminal.print(listing(configuration))
            Terminal.print(error, of: arguments.program.product)
            return ExitCode(error)
        }
    }

    /// On a terminal the origins step back behind the values.
    private func listing(_ configuration: Configuration) -> String {
        let style = TextStyle.stdout
        guard style.isOn else { return configuration.listing }
        return configuration.listing.split(separator: "\n").map { line in
            guard let origin = line.ranges(of: "  # ").last else { return String(line) }
            return line[..<origin.lowerBound] + style.dim(String(line[origin.lowerBound...]))
        }.joined(separator: "\n")
    }

    private func connect(_ assembly: Assembly) throws(BootFailure) {
        let outcome = Blocking.run { await assembly.tryStorage(log: Logger("check", sink: ErrorSink())) }
        if case .some(.some(let failure)) = outcome {
            // Somebody else's database would tell nothing of this configuration; one that answers beside it is its own.
            guard failure.issues.contains(where: \.isHeldElsewhere), assembly.isServed else { throw failure }
            let what = failure.issues.map(\.what).joined(separator: "; ")
            return Terminal.print("\nA running service has the storage open, which is thus not tried: \(what)")
        }
        Terminal.print("\nThe storage is open to this configuration: \(assembly.storage)")
    }
}
