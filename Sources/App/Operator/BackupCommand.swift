import Glibc
import Kernel

/// `job-service backup FILE`: copies the database beside FILE, and gives the copy that name when it is whole and on the
/// disk.
struct BackupCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        let signals = SignalSet([SIGINT, SIGTERM, SIGHUP])
        signals.block()
        let interruption = Interruption()
        do {
            try OwnThread.start("signals") { interruption.come(signals.wait()) }
        } catch {
            Terminal.printFailure(error.what)
            return .failure
        }
        let code = CommandFailure.reporting { try await backUp(interruption) }
        // Ends as one that was never asked to clean up would have, so that a shell or service manager sees why.
        if let signal = interruption.signal { SignalSet.endProcess(by: signal) }
        return code
    }

    private func backUp(_ interruption: Interruption) async throws {
        let assembly = try arguments.assembly()
        guard let database = assembly.databaseFile else {
            throw CommandFailure(
                "backup copies SQLite databases; the storage of this configuration is \(assembly.storage)",
                remedy: "use mongodump, or 'job-service copy --from URL --to sqlite:FILE' while nothing writes to it",
                code: .usage)
        }
        guard access(database, F_OK) == 0 else {
            throw CommandFailure(
                "there is no database \(database): \(String(cString: strerror(errno)))",
                remedy: "run the command in the service's folder and with its environment, or name its configuration "
                    + "with --config FILE")
        }
        let file = BackupFile(arguments.operands[0], replaces: arguments.has("--force"))
        try file.begin(notOver: database)
        let progress = Progress()
        do {
            try await assembly.backUp(to: file.temporaryPath) { step in
                if interruption.signal != nil { throw CommandFailure("interrupted; \(file.path) was not written") }
                progress.show(step)
            }
            progress.end()
            if interruption.signal != nil { throw CommandFailure("interrupted; \(file.path) was not written") }
            let bytes = try file.commit()
            Terminal.print("\(file.path): \(bytes) bytes, complete and checked")
        } catch {
            progress.end()
            file.abandon()
            throw error
        }
    }
}
