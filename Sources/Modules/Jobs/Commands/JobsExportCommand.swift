import Glibc
import Kernel

/// `jobs export`: finished jobs, a line of JSON each, in order of entry.
struct JobsExportCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        Interruption.watching(arguments) { try await export($0) }
    }

    private func export(_ interruption: Interruption) async throws {
        let output = try ExportOutput(arguments["--output"])
        do {
            let filter = JobFilter(arguments, wantsFinished: true, withReleases: false)
            var next: String? = filter.query(limit: 1000)
            while let target = next {
                // Between two pages a service that wants to start has its turn.
                let page = try await ServiceDoor.use(arguments) { try await $0.jobs(target) }
                for job in page.jobs where filter.matches(job) && job.isFinished { try output.write(job.json.text) }
                if interruption.signal != nil { throw CommandFailure("interrupted") }
                if Terminal.showsProgress { Terminal.printProgress("\(output.count) jobs") }
                next = page.next
            }
            try output.finish()
        } catch {
            endProgress()
            output.abandon()
            if output.count > 0 {
                Terminal.printError("The export is not whole: it ended behind \(output.count) jobs.")
            }
            throw error
        }
        endProgress()
        let place = arguments["--output"].map { " to \($0)" } ?? ""
        Terminal.printError("\(output.count) finished jobs were exported\(place)")
    }

    private func endProgress() { if Terminal.showsProgress { Terminal.printProgress("") } }
}

/// Where the lines go: stdout, or a file.
private final class ExportOutput {
    private(set) var count = 0
    private let file: OutputFile?
    private let stream: UnsafeMutablePointer<FILE>?

    /// - Throws: `CommandFailure` if there is such a file already, or none can be made.
    init(_ path: String?) throws(CommandFailure) {
        file = path.map { OutputFile($0) }
        guard let file else {
            stream = nil
            return
        }
        try file.begin()
        stream = fopen(file.temporaryPath, "wxe")
        if stream == nil {
            let reason = errno
            file.abandon()
            throw file.failure("cannot write \(file.path)", reason)
        }
    }

    /// - Throws: `CommandFailure` if the line cannot be written, as on a full disk; then the rest need not be tried.
    func write(_ line: String) throws(CommandFailure) {
        guard let stream else {
            Terminal.print(line)
            if let reason = Terminal.lostOutput { throw lost(reason) }
            count += 1
            return
        }
        guard fputs(line, stream) >= 0, putc(10, stream) >= 0 else { throw lost(errno) }
        count += 1
    }

    func finish() throws(CommandFailure) {
        guard let file, let stream else { return }
        guard fflush(stream) == 0 else { throw lost(errno) }
        try file.commit()
    }

    /// Takes away what was written.
    func abandon() { file?.abandon() }

    deinit { if let stream { fclose(stream) } }

    private func lost(_ reason: Int32) -> CommandFailure {
        file?.failure("cannot write \(file?.path ?? "")", reason)
            ?? CommandFailure("cannot write to stdout: \(String(cString: strerror(reason)))")
    }
}
