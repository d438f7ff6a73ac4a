import Glibc

extension Terminal {
    /// Asks on stderr, and waits for a line on stdin that says yes.
    /// - Parameters:
    ///   - question: what is asked, with its question mark.
    ///   - option: what scripts give in the place of an answer: `--yes`.
    /// - Throws: `CommandFailure` with exit code 64 if nobody can be asked, since stdin is no terminal.
    public static func confirms(_ question: String, or option: String) async throws -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                "this must be confirmed, and stdin is no terminal: \(question)",
                remedy: "give \(option) if it is to be done without asking", code: .usage)
        }
        printWords("\(question) [y/N] ")
        let answer = try await withCheckedThrowingContinuation { continuation in
            do {
                try OwnThread.start("question") { continuation.resume(returning: readLine()) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        // The end of the input is shown as nothing.
        if answer == nil { printError("") }
        return ["y", "yes"].contains(Text.trimmed((answer ?? "")[...]).lowercased())
    }
}
