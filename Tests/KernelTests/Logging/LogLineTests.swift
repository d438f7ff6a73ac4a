import Testing

@testable import Kernel

@Suite("A log line")
struct LogLineTests {
    private static let names = [
        "@timestamp", "command", "error.stack", "host", "message", "level", "levelName", "loggerName", "method",
        "responseTime", "schemaVersion", "serviceName", "serviceVersion", "source_host", "statusCode", "thread",
        "url", "xRequestId",
    ]

    private func line(_ entry: LogEntry, _ process: LogProcess = .sample) throws -> (text: String, json: JSON) {
        let scratch = LogScratch.ofThisThread
        LogLine(process).write(entry, into: scratch)
        #expect(scratch.bytes.last == 0x0a)
        #expect(scratch.bytes.filter { $0 < 0x20 } == [0x0a])
        let text = String(decoding: scratch.bytes.dropLast(), as: UTF8.self)
        return (text, try JSON(parsing: Array(text.utf8)))
    }

    @Test("of the application has the 18 keys in order, empty texts and null numbers where there is nothing to say")
    func application() throws {
        let json = try line(LogEntry(level: .warning, logger: "kernel", message: "Höre")).json
        #expect(json.object?.members.map(\.name) == Self.names)
        #expect(json["message"] == "Höre")
        #expect(json["level"] == 30)
        #expect(json["levelName"] == "WARNING")
        #expect(json["loggerName"] == "kernel")
        #expect(json["schemaVersion"] == "v3")
        #expect(json["serviceName"] == "job-service")
        #expect(json["serviceVersion"] == "0abc")
        #expect(json["host"] == "node-1")
        #expect(json["command"] == .string(#"["job-service","serve \"now\""]"#))
        #expect(json["thread"]?.string?.isEmpty == false)
        for name in ["error.stack", "method", "source_host", "url", "xRequestId"] {
            #expect(json[name] == "", "\(name)")
        }
        for name in ["responseTime", "statusCode"] { #expect(json[name] == .null, "\(name)") }
    }

    @Test("of the access log says what was asked and how it went")
    func access() throws {
        var entry = LogEntry(
            level: .error, logger: "access", message: "m", detail: "stack", requestID: .given("abc-1"),
            access: .init(
                method: .get, url: "/jobs?status=\u{07}\"", status: .serviceUnavailable, milliseconds: 1.23456))
        entry.client = NetworkAddress("192.0.2.7")
        let json = try line(entry).json
        #expect(json.object?.members.map(\.name) == Self.names)
        #expect(json["source_host"] == "192.0.2.7")
        #expect(json["method"] == "GET")
        #expect(json["url"] == "/jobs?status=\u{07}\"")
        #expect(json["statusCode"] == 503)
        #expect(json["responseTime"] == .number(1.235))
        #expect(json["xRequestId"] == "abc-1")
        #expect(json["error.stack"] == "stack")
    }

    @Test("has the request id that was generated")
    func generatedID() throws {
        let id = RequestID.generated(prefix: "job-service-", UUID())
        let json = try line(LogEntry(level: .info, logger: "a", message: "", requestID: id)).json
        #expect(json["xRequestId"] == .string(id.description))
    }

    @Test("has a number of milliseconds whatever was measured", arguments: [.nan, .infinity, -1, 0, 1e300])
    func milliseconds(_ value: Double) throws {
        let entry = LogEntry(
            level: .info, logger: "a", message: "",
            access: .init(method: .other, url: "/", status: .ok, milliseconds: value))
        let json = try line(entry).json
        #expect(json["responseTime"] == .number(0))
        #expect(json["method"] == "OTHER")
    }

    @Test("has all levels of the schema", arguments: zip(LogLevel.allCases, [10, 20, 30, 40, 50]))
    func levels(_ level: LogLevel, _ number: Int64) throws {
        let json = try line(LogEntry(level: level, logger: "a", message: "")).json
        #expect(json["level"] == .integer(number))
        #expect(json["levelName"] == .string(level.name))
    }

    @Test(
        "cannot be broken or faked by what is logged",
        arguments: [
            "a\nb", "a\r\nb", "{\"level\":50}\n{\"x\":1}", "\u{1b}[2J", "\u{0}", "\u{7f}", "\u{85}", "\u{9b}31m",
            "\u{2028}",
            "\u{2029}", "\u{202e}abc", "\u{2066}", "\\", "\"", "\u{e2}\u{a8}", "𝄞", "é\u{2029}é",
        ])
    func escaping(_ text: String) throws {
        let (line, json) = try line(LogEntry(level: .info, logger: text, message: text, detail: text))
        #expect(json["message"] == .string(text))
        #expect(json["loggerName"] == .string(text))
        #expect(json["error.stack"] == .string(text))
        let hidden = line.unicodeScalars.filter { scalar in
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || (0x2028...0x202e).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value)
        }
        #expect(hidden.isEmpty)
    }

    @Test("replaces what is not UTF-8")
    func invalidUTF8() throws {
        let text = String(decoding: [0x61, 0xff, 0xe2, 0x80] as [UInt8], as: UTF8.self)
        let json = try line(LogEntry(level: .info, logger: "a", message: text)).json
        #expect(json["message"] == "a\u{fffd}\u{fffd}")
    }

    @Test("cuts texts that are too long, never inside a character", arguments: 0..<4)
    func long(_ shift: Int) throws {
        let text = String(repeating: "x", count: shift) + String(repeating: "𝄞", count: 100_000)
        let (line, json) = try line(LogEntry(level: .info, logger: "a", message: text))
        #expect(line.utf8.count < 40_000)
        #expect(json["message"]?.string?.hasSuffix("𝄞… (cut, \(text.utf8.count) bytes)") == true)
    }

    @Test("does not show the password of a URL on the command line")
    func command() throws {
        let process = LogProcess(
            serviceName: "job-service", serviceVersion: nil, host: nil, arguments: ["--url=mongodb://a:pw@h/db"])
        let json = try line(LogEntry(level: .info, logger: "a", message: ""), process).json
        #expect(json["command"] == .string(#"["--url=mongodb://***@h/db"]"#))
        #expect(json["serviceVersion"] == "")
        #expect(json["host"] == .string(LogProcess.machineName))
    }

    @Test(
        "has its instant in UTC with milliseconds",
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000Z"), (951_782_399, 7, "2000-02-28T23:59:59.007Z"),
            (951_782_400, 89, "2000-02-29T00:00:00.089Z"), (1_772_366_096, 789, "2026-03-01T11:54:56.789Z"),
            (4_102_444_800, 999, "2100-01-01T00:00:00.999Z"), (-1, 5, "1969-12-31T23:59:59.005Z"),
            (253_402_300_799, 999, "9999-12-31T23:59:59.999Z"), (253_402_300_800, 1, "9999-12-31T23:59:59.001Z"),
            (.max, 0, "9999-12-31T23:59:59.000Z"), (.min, 0, "0000-01-01T00:00:00.000Z"),
        ])
    func timestamp(_ seconds: Int, _ milliseconds: Int, _ expected: String) {
        var timestamp = LogTimestamp()
        for _ in 0..<2 {
            var bytes: [UInt8] = []
            timestamp.write(seconds: seconds, milliseconds: milliseconds, into: &bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == expected)
        }
    }
}
