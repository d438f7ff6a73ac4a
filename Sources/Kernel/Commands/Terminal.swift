import Glibc
import Synchronization

/// Text for people, on stdout and stderr.
public enum Terminal {
    /// Writes a line to stdout; what of that is lost, `lostOutput` tells.
    public static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Writes a line to stderr, unless nobody reads it.
    public static func printError(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Writes to stderr without ending the line.
    static func printWords(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Whether stderr is a terminal, which shows progress.
    public static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 && TextStyle.variable("TERM") != "dumb" }

    /// Replaces the line on stderr that the last call has written.
    public static func printProgress(_ text: String) { write("\r\u{1b}[K\(text)", to: STDERR_FILENO) }

    /// Prints each problem with its origin and its remedy.
    /// - Parameter product: what cannot start.
    public static func print(_ failure: BootFailure, of product: Product) {
        let count = failure.issues.count
        let style = TextStyle.stderr
        var lines = [style.bold("\(product.name) cannot start: \(count == 1 ? "one problem" : "\(count) problems")")]
        for issue in failure.issues {
            lines.append("  - " + style.red(issue.what))
            if let origin = issue.origin { lines.append("      at: \(origin)") }
            if let remedy = issue.remedy { lines.append("      do: \(remedy)") }
        }
        printError(lines.joined(separator: "\n"))
    }

    /// Tells why a command did not do what it is for.
    public static func printFailure(_ message: String, remedy: String? = nil, of product: Product) {
        printError(TextStyle.stderr.red("\(product.name): \(message)") + (remedy.map { "\n  do: \($0)" } ?? ""))
    }

    /// Why something could not be printed, as on a full disk: then a command has not done what it is for.
    /// - Returns: errno(3) of the last attempt.
    public static var lostOutput: Int32? {
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
