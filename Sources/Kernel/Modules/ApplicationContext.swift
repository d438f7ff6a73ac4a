import Synchronization

/// The running service as one of its own modules sees it: for those that show or use it as a whole. Usable while the
/// storage is open; before and after that every request is answered with 503.
public final class ApplicationContext: Sendable {
    private struct State {
        var pipeline: Pipeline?
        var keys: @Sendable () -> [ConfigurationKey] = { [] }
        var routes: [Route] = []
    }

    private let state = Mutex(State())
    private let log: Logger

    init(log: Logger) {
        self.log = log
    }

    func bind(_ pipeline: Pipeline?, routes: [Route], keys: @escaping @Sendable () -> [ConfigurationKey]) {
        state.withLock { $0 = State(pipeline: pipeline, keys: keys, routes: routes) }
    }

    /// All routes of this stack.
    public var routes: [Route] { state.withLock { $0.routes } }

    /// The configuration with the values in force, secrets hidden.
    public var configuration: [ConfigurationKey] { state.withLock { $0.keys }() }

    /// The least grave lines that are logged. Setting it holds until the next start, or until the configuration is read
    /// again with another level; it does nothing where the program's log has none to set.
    public var logLevel: LogLevel {
        get { log.sink.level }
        set { (log.sink as? LogWriter)?.level = newValue }
    }

    /// Answers a request as if it had come through the server, with the same access, checks and errors; nothing of it is
    /// in the access log.
    public func respond(to request: Request) async -> Response {
        guard let pipeline = state.withLock({ $0.pipeline }) else { return Self.closed(request) }
        let response = await pipeline.respond(to: request)
        if let failure = response.failure { log.with(request).error(failure.message, detail: failure.detail) }
        return response
    }

    /// Who makes a request that takes one of some roles, and would be admitted; nil for whoever would be refused.
    public func principal(of request: Request) async -> Principal? {
        guard let pipeline = state.withLock({ $0.pipeline }),
            case .admitted(let admitted) = await pipeline.admit(request)
        else { return nil }
        return admitted.principal
    }

    private static func closed(_ request: Request) -> Response {
        Response(.storageUnavailable(retryAfter: 1), request.id)
    }
}
