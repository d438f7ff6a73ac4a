/// Writes application log lines of one subsystem. A value to be passed around; lines go to a `LogSink`.
public struct Logger: Sendable {
    public let name: String
    let sink: any LogSink
    /// Put on each line that this logger writes, like `trace`, once `with` has set it.
    public private(set) var requestID: RequestID?
    private var trace: TraceContext?
    private var client: NetworkAddress?

    public init(_ name: String, sink: any LogSink) {
        self.name = name
        self.sink = sink
    }

    /// A logger of another name to the same sink.
    public func named(_ name: String) -> Logger { Logger(name, sink: sink) }

    /// The same logger for the lines of one request.
    public func with(requestID: RequestID, trace: TraceContext? = nil, client: NetworkAddress? = nil) -> Logger {
        var copy = self
        copy.requestID = requestID
        copy.trace = trace
        copy.client = client
        return copy
    }

    public func debug(_ message: @autoclosure () -> String) { write(.debug, message) }
    public func info(_ message: @autoclosure () -> String) { write(.info, message) }
    public func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    public func error(_ message: @autoclosure () -> String, detail: String? = nil) { write(.error, message, detail) }
    public func critical(_ message: @autoclosure () -> String) { write(.critical, message) }

    private func write(_ level: LogLevel, _ message: () -> String, _ detail: String? = nil) {
        guard level >= sink.level else { return }
        sink.write(entry(level, message(), detail))
    }

    func entry(_ level: LogLevel, _ message: String, _ detail: String? = nil) -> LogEntry {
        var entry = LogEntry(level: level, logger: name, message: message, detail: detail, requestID: requestID)
        entry.trace = trace
        entry.client = client
        return entry
    }
}

/// How grave a line is; the raw values are those of the log schema.
public enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case debug = 10
    case info = 20
    case warning = 30
    case error = 40
    case critical = 50

    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }

    /// The name on the log line: `INFO`.
    public var name: String {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warning: "WARNING"
        case .error: "ERROR"
        case .critical: "CRITICAL"
        }
    }
}

/// What a log line says beyond what is the same on every line of a process.
public struct LogEntry: Sendable {
    public var level: LogLevel
    public var logger: String
    public var message: String
    /// Goes into `error.stack`.
    public var detail: String?
    public var requestID: RequestID?
    /// The trace of that request, if it has one.
    public var trace: TraceContext?
    /// Who has sent that request.
    public var client: NetworkAddress?
    /// Set on access log lines.
    public var access: AccessFields?

    public struct AccessFields: Sendable {
        /// What the message of an ordinary one begins with.
        static let responded = "responded"

        public var method: Method
        /// The path and query as received (escaped for the line), without secrets.
        public var url: String
        public var status: Status
        public var milliseconds: Double

        /// `OTHER` for one that was not understood.
        var methodName: String { method == .other ? "OTHER" : method.rawValue }

        /// Rounded; 0 for what is no length of time.
        var microseconds: Int {
            milliseconds > 0 && milliseconds < 1e12 ? Int((milliseconds * 1000).rounded()) : 0
        }

        public init(method: Method, url: String, status: Status, milliseconds: Double) {
            self.method = method
            self.url = url
            self.status = status
            self.milliseconds = milliseconds
        }
    }

    public init(
        level: LogLevel, logger: String, message: String, detail: String? = nil, requestID: RequestID? = nil,
        access: AccessFields? = nil
    ) {
        self.level = level
        self.logger = logger
        self.message = message
        self.detail = detail
        self.requestID = requestID
        self.access = access
    }
}

/// Where log lines go. `write` never blocks: it is called on event loops.
public protocol LogSink: Sendable {
    /// Lines below it are not made.
    var level: LogLevel { get }
    func write(_ entry: LogEntry)
}
