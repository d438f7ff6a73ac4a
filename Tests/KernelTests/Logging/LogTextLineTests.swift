import KernelTesting
import Testing

@testable import Kernel

@Suite("A log line for people")
struct LogTextLineTests {
    private func line(_ entry: LogEntry, isColoured: Bool = false) -> String {
        let scratch = LogScratch.ofThisThread
        LogTextLine(isColoured: isColoured).write(entry, into: scratch)
        return String(decoding: scratch.bytes, as: UTF8.self)
    }

    @Test("says when, how grave, and what")
    func message() throws {
        let line = line(LogEntry(level: .warning, logger: "kernel", message: #"høre "x" \\ "#))
        #expect(
            try #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING  høre "x" \\\\  \[kernel\]\n/#.wholeMatch(in: line)
                != nil)
    }

    @Test("of a request says what was asked, how it went, and where to look")
    func access() {
        var entry = LogEntry(
            level: .info, logger: "access", message: LogEntry.AccessFields.responded, requestID: .given("find-me"),
            access: .init(method: .get, url: "/jobs?status=queued", status: .ok, milliseconds: 1.23456))
        entry.client = NetworkAddress("192.0.2.7")
        #expect(
            line(entry).hasSuffix(
                " INFO     GET /jobs?status=queued 200 in 1.23 ms [access 192.0.2.7 find-me]\n"))
        entry.message = LogEntry.AccessFields.responded + " to service executor"
        #expect(line(entry).contains(" 200 in 1.23 ms to service executor [access"))
        entry.message = "the storage cannot answer"
        entry.detail = "line 1\nline 2"
        entry.access?.milliseconds = .nan
        #expect(line(entry).contains("200 in 0.0 ms: the storage cannot answer: line 1\\nline 2 [access"))
    }

    @Test(
        "stays one line that moves no cursor",
        arguments: [
            "a\nb", "a\r\nb", "\u{1b}[2J", "\u{0}", "\u{7f}", "\u{9b}31m", "\u{2028}", "\u{202e}abc", "\u{2066}",
        ])
    func escaping(text: String) {
        let line = line(LogEntry(level: .info, logger: text, message: text, detail: text))
        let hidden = line.unicodeScalars.dropLast().filter { scalar in
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || (0x2028...0x202e).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value)
        }
        #expect(hidden.isEmpty)
        #expect(line.contains("\\"))
    }

    @Test(
        "is coloured by its level, on a terminal", arguments: zip(LogLevel.allCases, ["2", "32", "33", "31", "1;31"]))
    func colours(level: LogLevel, code: String) {
        let entry = LogEntry(level: level, logger: "a", message: "m")
        #expect(line(entry, isColoured: true).contains("\u{1b}[\(code)m\(level.name)"))
        #expect(!line(entry).contains("\u{1b}"))
    }

    @Test("is what a writer of text writes")
    func writer() throws {
        let pipe = LogPipe()
        let writer = try LogWriter(
            fd: pipe.writingEnd, level: .info, process: .sample, form: .text(isColoured: false))
        writer.write(LogEntry(level: .info, logger: "a", message: "hello"))
        #expect(pipe.nextLine()?.hasSuffix("INFO     hello [a]") == true)
        #expect(writer.stop(within: Patience.limit))
    }
}
