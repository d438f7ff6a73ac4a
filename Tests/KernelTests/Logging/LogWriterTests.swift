import Glibc
import Kernel
import KernelTesting
import Testing

@Suite("The log writer", .timeLimit(.minutes(10)))
struct LogWriterTests {
    /// Runs a test on a writer and the pipe it writes to. The writer has ended before the pipe is closed, so that no
    /// thread writes to a descriptor that has become another test's.
    private func withWriter(
        level: LogLevel = .info, capacity: Int = LogWriter.defaultCapacity, nonBlocking: Bool = false,
        _ body: (LogWriter, LogPipe) async throws -> Void
    ) async throws {
        let pipe = LogPipe()
        if nonBlocking { try #require(fcntl(pipe.writingEnd, F_SETFL, O_NONBLOCK) == 0) }
        let writer = try LogWriter(fd: pipe.writingEnd, level: level, process: .sample, capacity: capacity)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(writer, pipe)) } catch { outcome = .failure(error) }
        pipe.closeReadingEnd()
        #expect(writer.stop(within: Patience.limit))
        try outcome.get()
    }

    private func entry(_ message: String, _ level: LogLevel = .info) -> LogEntry {
        LogEntry(level: level, logger: "test", message: message)
    }

    @Test("writes lines in the order of one thread's calls")
    func order() async throws {
        try await withWriter { writer, pipe in
            for number in 0..<100 { writer.write(entry("\(number)")) }
            for number in 0..<100 {
                let message = try pipe.message()
                #expect(message == "\(number)")
            }
        }
    }

    @Test("writes a line without being asked to")
    func unasked() async throws {
        try await withWriter { writer, pipe in
            for number in 0..<20 {
                writer.write(entry("\(number)"))
                let message = try pipe.message()
                #expect(message == "\(number)")
            }
        }
    }

    @Test("keeps to its level, which may change")
    func level() async throws {
        try await withWriter(level: .warning) { writer, pipe in
            let logger = Logger("test", sink: writer)
            logger.info("not")
            writer.write(entry("nor this"))
            writer.level = .debug
            #expect(writer.level == .debug)
            logger.debug("but this")
            let message = try pipe.message()
            #expect(message == "but this")
        }
    }

    @Test("has whole lines of many threads")
    func concurrency() async throws {
        try await withWriter { writer, pipe in
            let padding = String(repeating: "ü", count: 700)
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask { for number in 0..<200 { writer.write(self.entry("\(task) \(number) \(padding)")) } }
                }
            }
            var next = [Int](repeating: 0, count: 8)
            for _ in 0..<1600 {
                let words = try #require(try pipe.message()).split(separator: " ")
                let task = try #require(Int(words[0]))
                #expect(Int(words[1]) == next[task])
                #expect(words[2] == padding)
                next[task] += 1
            }
            #expect(next == [Int](repeating: 200, count: 8))
        }
    }

    @Test("drops and counts lines while the reader is blocked, and says so when lines flow again")
    func dropping() async throws {
        try await withWriter(capacity: 64 << 10) { writer, pipe in
            // Nobody reads: these are more bytes than the pipe and the buffer together hold.
            let padding = String(repeating: "x", count: 1000)
            for number in 0..<1000 { writer.write(entry("\(number) \(padding)")) }
            var latest = -1
            var received = 0
            var dropped = 0
            while received + dropped < 1000 {
                let json = try pipe.next()
                let message = try #require(json["message"]?.string)
                let number = try #require(Int(message.prefix { $0.isNumber }))
                if json["level"] == 30 {
                    #expect(json["loggerName"] == "kernel.log")
                    let lines = number == 1 ? "line was" : "lines were"
                    #expect(message == "\(number) log \(lines) dropped: the reader of the log is too slow")
                    dropped += number
                } else {
                    #expect(number > latest)
                    latest = number
                    received += 1
                }
            }
            #expect(dropped > 0)
            writer.write(entry("flows"))
            let message = try pipe.message()
            #expect(message == "flows")
        }
    }

    @Test("writes what waits before it stops, and nothing after")
    func stop() async throws {
        try await withWriter { writer, pipe in
            for number in 0..<100 { writer.write(entry("\(number)")) }
            #expect(writer.stop(within: Patience.limit))
            writer.write(entry("too late"))
            for number in 0..<100 {
                let message = try pipe.message()
                #expect(message == "\(number)")
            }
            pipe.closeWritingEnd()
            #expect(pipe.nextLine() == nil)
        }
    }

    @Test("stops at its deadline though nobody reads")
    func stopWithoutReader() async throws {
        try await withWriter { writer, pipe in
            for _ in 0..<200 { writer.write(entry(String(repeating: "x", count: 1000))) }
            #expect(!writer.flush(within: .milliseconds(1)))
            #expect(!writer.stop(within: .milliseconds(1)))
        }
    }

    @Test("survives a reader that has gone, and does not wait for it")
    func goneReader() async throws {
        try await withWriter { writer, pipe in
            pipe.closeReadingEnd()
            writer.write(entry("lost"))
            #expect(writer.flush(within: Patience.limit))
            writer.write(entry("lost too"))
            #expect(writer.flush(within: Patience.limit))
        }
    }

    @Test("gives up a full disk when it is stopped")
    func fullDisk() throws {
        let fd = open("/dev/full", O_WRONLY)
        defer { close(fd) }
        let writer = try LogWriter(fd: fd, level: .info, process: .sample)
        writer.write(entry("lost"))
        #expect(writer.stop(within: Patience.limit))
    }

    @Test("waits for room where stdout does not block")
    func nonBlocking() async throws {
        try await withWriter(nonBlocking: true) { writer, pipe in
            let padding = String(repeating: "x", count: 1000)
            for number in 0..<500 { writer.write(entry("\(number) \(padding)")) }
            for number in 0..<500 {
                let message = try pipe.message()
                #expect(message?.hasPrefix("\(number) ") == true)
            }
        }
    }

    @Test("has written everything once it is flushed")
    func flush() throws {
        let file = try TemporaryFile("")
        let fd = open(file.path, O_RDWR | O_APPEND)
        defer { close(fd) }
        let writer = try LogWriter(fd: fd, level: .info, process: .sample)
        for round in 1...50 {
            writer.write(entry("line"))
            #expect(writer.flush(within: Patience.limit))
            var status = stat()
            fstat(fd, &status)
            var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
            #expect(pread(fd, &bytes, bytes.count, 0) == bytes.count)
            #expect(bytes.count { $0 == 0x0a } == round)
        }
        #expect(writer.stop(within: Patience.limit))
    }
}

@Suite("The log recorder", .timeLimit(.minutes(10)))
struct LogRecorderTests {
    @Test("keeps entries and hands out one that is yet to come")
    func waiting() async throws {
        let recorder = LogRecorder(level: .info)
        let logger = Logger("test", sink: recorder)
        logger.debug("not kept")
        logger.info("first")
        async let second = recorder.entry { $0.message == "second" }
        #expect(try await recorder.entry { $0.level == .info }.message == "first")
        logger.with(requestID: .given("r-1")).warning("second")
        #expect(try await second.requestID == .given("r-1"))
        #expect(recorder.messages == ["first", "second"])
    }

    @Test("ends the wait of a task that is cancelled")
    func cancellation() async {
        let recorder = LogRecorder()
        let task = Task { try await recorder.entry { _ in true } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
