/// Writes a line for each finished response: 4xx at WARNING, 5xx at ERROR, the rest at INFO, or at DEBUG for routes
/// that are declared quiet, unless the response is notable.
struct AccessLog: Sendable {
    private let isQuiet: [Bool]
    private let sink: any LogSink
    private let logger: String

    init(routes: [Route], sink: any LogSink, logger: String = "access") {
        self.logger = logger
        isQuiet = routes.map(\.operation.isQuiet)
        self.sink = sink
    }

    func record(_ access: AccessRecord) {
        let level = level(of: access)
        guard level >= sink.level else { return }
        let path = access.target.prefix { $0 != "?" }
        var entry = LogEntry(
            level: level, logger: logger,
            message: access.isComplete ? "responded" : "the client left before the end of the response",
            requestID: access.requestID,
            access: LogEntry.Access(
                method: access.method, url: String(path), status: access.status, milliseconds: access.milliseconds))
        entry.trace = access.trace
        sink.write(entry)
    }

    private func level(of access: AccessRecord) -> LogLevel {
        switch access.status.code {
        case 500...: .error
        case 400..<500: .warning
        default: access.route.map { isQuiet[$0] } ?? false && !access.isNotable ? .debug : .info
        }
    }
}
