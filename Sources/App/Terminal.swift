import Glibc
import Kernel
import Synchronization

/// Text for people, on stdout and stderr.
enum Terminal {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    static func printError(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Replaces the line on stderr that the last call has written.
    static func printProgress(_ text: String) { write("\r\u{1b}[K\(text)", to: STDERR_FILENO) }

    /// Prints each problem with its origin and its remedy.
    static func print(_ failure: BootFailure) {
        let count = failure.issues.count
        let style = Style.stderr
        var lines = [style.bold("job-service cannot start: \(count == 1 ? "one problem" : "\(count) problems")")]
        for issue in failure.issues {
            lines.append("  - " + style.red(issue.what))
            if let origin = issue.origin { lines.append("      at: \(origin)") }
            if let remedy = issue.remedy { lines.append("      do: \(remedy)") }
        }
        printError(lines.joined(separator: "\n"))
    }

    /// Tells what is wrong with a command line, and how it would be right.
    static func print(_ mistake: Arguments.Mistake) {
        let usage = mistake.command?.synopsis ?? "job-service [COMMAND] [OPTIONS]"
        let help = (["job-service help"] + [mistake.command?.name].compactMap { $0 }).joined(separator: " ")
        printError(
            Style.stderr.red("job-service: \(mistake.message)") + "\nusage: \(usage)\n'\(help)' tells more")
    }

    /// Tells why a command did not do what it is for.
    static func printFailure(_ message: String, remedy: String? = nil) {
        printError(Style.stderr.red("job-service: \(message)") + (remedy.map { "\n  do: \($0)" } ?? ""))
    }

    /// Why something could not be printed, as on a full disk: then a command has not done what it is for.
    /// - Returns: errno(3) of the last attempt.
    static var lostOutput: Int32? {
        let reason = lost.load(ordering: .relaxed)
        return reason == 0 ? nil : reason
    }

    private static let lost = Atomic<Int32>(0)

    /// Whether a write of PIPE_BUF bytes would not have to wait, see pipe(7).
    private static func isReady(_ fd: Int32, within milliseconds: Int32) -> Bool {
        var request = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, milliseconds) != 0
    }

    private static func write(_ text: String, to fd: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            // What is told on stderr must not keep a process from ending, though nobody reads it.
            if fd == STDERR_FILENO, !isReady(fd, within: 1000) { return }
            let piece = fd == STDERR_FILENO ? bytes.prefix(Int(PIPE_BUF)) : bytes
            let count = piece.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if fd == STDOUT_FILENO { lost.store(errno, ordering: .relaxed) }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }
}
