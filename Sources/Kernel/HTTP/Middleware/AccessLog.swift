/// Writes a line for each finished request: 5xx, and what broke off for our own reasons, at ERROR, 4xx at WARNING, the
/// rest at INFO, or at DEBUG for routes that are declared quiet, unless the response is notable or all are wanted. That
/// a client has gone is no fault of anybody here: INFO.
///
/// Its message says who asked, where that was proved: the schema of the line has no key for it, and none may be added.
struct AccessLog: Sendable {
    private let isQuiet: [Bool]
    private let sink: any LogSink
    private let logger: String
    private let proxies: Reloadable<TrustedProxies>
    private let level: Reloadable<LoggingConfiguration.AccessLines>

    init(
        routes: [Route], proxies: Reloadable<TrustedProxies>, level: Reloadable<LoggingConfiguration.AccessLines>,
        sink: any LogSink, logger: String = "access"
    ) {
        isQuiet = routes.map(\.operation.isQuiet)
        self.proxies = proxies
        self.level = level
        self.sink = sink
        self.logger = logger
    }

    func record(_ access: AccessRecord) {
        let level = level(of: access)
        guard level >= sink.level else { return }
        var entry = LogEntry(
            level: level, logger: logger,
            message: message(of: access), detail: access.failure?.detail, requestID: access.requestID,
            access: LogEntry.AccessFields(
                method: access.method, url: LoggedTarget.text(of: access.target), status: access.status,
                milliseconds: access.milliseconds))
        entry.trace = access.trace
        entry.client = proxies.value.client(of: access.peer, headers: Headers(access.head))
        sink.write(entry)
    }

    private func message(of access: AccessRecord) -> String {
        let who = access.principal.flatMap { $0.kind == .anonymous ? nil : $0.description }
        let responded = LogEntry.AccessFields.responded
        let asked = who.map { "; asked by \($0)" } ?? ""
        return switch access.ending {
        case .complete:
            access.failure.map { $0.message + asked } ?? who.map { "\(responded) to \($0)" } ?? responded
        case .clientGone: "the client had gone before the response" + asked
        case .brokenOff(let reason): "the response broke off: \(reason)" + asked
        }
    }

    private func level(of access: AccessRecord) -> LogLevel {
        switch access.ending {
        case .clientGone: return .info
        case .brokenOff: return .error
        case .complete: break
        }
        if access.failure != nil { return .error }
        switch access.status.code {
        case 500...: return .error
        case 400..<500: return .warning
        default:
            let isOfQuietRoute = access.route.map { isQuiet[$0] } ?? false
            return isOfQuietRoute && !access.isNotable && level.value == .notable ? .debug : .info
        }
    }
}
