import Glibc
import Kernel
import Synchronization

/// `jobs export`: finished jobs, a line of JSON each, in order of entry.
struct JobsExportCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func perform() async throws {
        let file = try arguments["--output"].map { try ExportFile($0) }
        let count = Mutex(0)
        do {
            try await ServiceDoor.use(arguments) { door in
                let filter = JobFilter(arguments, wantsFinished: true, withReleases: false)
                try await door.eachJob(filter) { job in
                    guard job.isFinished else { return true }
                    if let file { try file.write(job.json.text) } else { Terminal.print(job.json.text) }
                    let number = count.withLock { count in
                        count += 1
                        return count
                    }
                    if number % 1000 == 0, Terminal.showsProgress { Terminal.printProgress("\(number) jobs") }
                    // On a full disk the rest is not tried.
                    return Terminal.lostOutput == nil
                }
            }
            try file?.finish()
        } catch {
            endProgress()
            if count.withLock({ $0 }) > 0 {
                Terminal.printError("The export is not whole: it ended behind \(count.withLock { $0 }) jobs.")
            }
            throw error
        }
        endProgress()
        Terminal.printError(
            "\(count.withLock { $0 }) finished jobs were exported" + (arguments["--output"].map { " to \($0)" } ?? ""))
    }

    private func endProgress() { if Terminal.showsProgress { Terminal.printProgress("") } }
}

/// A file that has its name only once it is whole and on the disk.
private final class ExportFile: Sendable {
    private let path: String
    private let part: String
    private let fd: Int32
    private let waiting = Mutex<[UInt8]>([])

    /// - Throws: `CommandFailure` if there is such a file already, or none can be made.
    init(_ path: String) throws(CommandFailure) {
        guard access(path, F_OK) != 0 else {
            throw CommandFailure("there is a file \(path) already", remedy: "name another one, or remove it")
        }
        (self.path, part) = (path, path + ".part")
        fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw Self.failure(path) }
    }

    /// What was not finished is taken away again.
    deinit {
        close(fd)
        unlink(part)
    }

    func write(_ line: String) throws {
        try waiting.withLock { waiting in
            waiting += line.utf8
            waiting.append(UInt8(ascii: "\n"))
            if waiting.count >= 1 << 18 { try flush(&waiting) }
        }
    }

    func finish() throws {
        try waiting.withLock { try flush(&$0) }
        guard fsync(fd) == 0, rename(part, path) == 0 else { throw Self.failure(path) }
    }

    private func flush(_ waiting: inout [UInt8]) throws(CommandFailure) {
        var rest = waiting[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            rest = rest.dropFirst(count)
        }
        waiting.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure("cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
