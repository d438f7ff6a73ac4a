import Glibc
import Kernel

extension Program {
    /// Runs the command that the arguments name and ends the process with its exit code.
    /// - Parameter arguments: without the program's own name.
    public func run(_ arguments: [String] = Array(CommandLine.arguments.dropFirst())) -> Never {
        Allocator.keepFreedMemory()
        for driver in drivers { driver.prepareProcess() }
        let table = CommandTable(self)
        if let problem = table.problem {
            Terminal.printFailure(problem, remedy: "let modules and drivers name their commands otherwise", of: product)
            endProcess(.configuration)
        }
        do {
            let arguments = try Arguments(arguments, table)
            let code = arguments.command.run(arguments)
            guard code == .success, let reason = Terminal.lostOutput else { endProcess(code) }
            Terminal.printFailure("cannot print what was asked for: \(String(cString: strerror(reason)))", of: product)
            endProcess(.failure)
        } catch {
            Terminal.print(error, of: product)
            endProcess(.usage)
        }
    }
}

/// Ends the process without the exit handlers of C libraries, which would take apart what other threads still use; see
/// _exit(2). Everything that matters has been written by then.
func endProcess(_ code: ExitCode) -> Never {
    _exit(code.rawValue)
}

extension Terminal {
    /// Tells what is wrong with a command line, and how it would be right.
    static func print(_ mistake: Arguments.Mistake, of product: Product) {
        let usage = mistake.command?.synopsis(of: product.name) ?? "\(product.name) [COMMAND] [OPTIONS]"
        let help = (["\(product.name) help"] + [mistake.command?.name].compactMap { $0 }).joined(separator: " ")
        printError(
            TextStyle.stderr.red("\(product.name): \(mistake.message)") + "\nusage: \(usage)\n'\(help)' tells more")
    }
}
