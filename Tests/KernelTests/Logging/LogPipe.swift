import Glibc
import Kernel

/// A pipe that stands in for stdout, with its reading end.
final class LogPipe {
    private(set) var writingEnd: Int32
    private var readingEnd: Int32
    private var rest: [UInt8] = []

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        readingEnd = ends[0]
        writingEnd = ends[1]
    }

    deinit {
        closeReadingEnd()
        closeWritingEnd()
    }

    func closeWritingEnd() {
        if writingEnd >= 0 { close(writingEnd) }
        writingEnd = -1
    }

    func closeReadingEnd() {
        if readingEnd >= 0 { close(readingEnd) }
        readingEnd = -1
    }

    /// Waits for the next line; nil at the end of the pipe.
    func nextLine() -> String? {
        while true {
            if let newline = rest.firstIndex(of: 0x0a) {
                defer { rest.removeSubrange(...newline) }
                return String(validating: rest[..<newline], as: UTF8.self)
            }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = read(readingEnd, &chunk, chunk.count)
            guard count > 0 else { return nil }
            rest += chunk[..<count]
        }
    }

    /// Waits for the next line, which must be a JSON object.
    func next() throws -> JSON {
        try JSON(parsing: Array((nextLine() ?? "").utf8))
    }

    /// Waits for the next line and answers its message.
    func message() throws -> String? {
        try next()["message"]?.string
    }
}

extension LogProcess {
    static let sample = LogProcess(
        serviceName: "job-service", serviceVersion: "0abc", host: "node-1", arguments: ["job-service", "serve \"now\""])
}
