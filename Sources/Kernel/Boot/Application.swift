import Synchronization

/// Runs an assembled service: opens its storage, starts its services, listens, and undoes all of that in exact
/// reverse. Whatever phase a start fails in, every phase that was reached is cleaned up.
public final class Application: Sendable {
    public let assembly: Assembly

    let log: Logger
    let origins: Reloadable<OriginPolicy>
    let proxies: Reloadable<TrustedProxies>
    let accessLevel: Reloadable<LoggingConfiguration.AccessLines>
    private let pipeline: Pipeline
    /// For requests of the operator's commands.
    private let operatorPipeline: Pipeline
    private let operatorRoutes: [Route]
    let server: HTTPServer
    private let supervision: Supervision
    let state: Mutex<State>

    struct State {
        /// What was read, with the values in force.
        var keys: [ConfigurationKey]
        var lifecycle: LifecycleConfiguration
        /// The server of the operator's commands, once it listens.
        var control: HTTPServer?
        /// What is to be undone, in the order in which it was done.
        var undo: [Undo] = []
        var isStopping = false
    }

    /// One step on the way down.
    struct Undo: Sendable {
        let phase: Phase
        let name: String
        let limit: @Sendable (LifecycleConfiguration) -> Duration
        let run: @Sendable () async -> Void
    }

    /// - Parameters:
    ///   - assembly: what is to run.
    ///   - log: where the service, its server and its storage log.
    ///   - supervision: told how the service is; nil for nobody.
    public init(_ assembly: Assembly, log: Logger, supervision: Supervision? = nil) {
        self.assembly = assembly
        self.log = log.named("kernel")
        self.supervision = supervision ?? Supervision(log: log)
        state = Mutex(State(keys: assembly.keys, lifecycle: assembly.lifecycle))
        origins = Reloadable(assembly.origins)
        proxies = Reloadable(assembly.proxies)
        accessLevel = Reloadable(assembly.logging.access)
        let pipeline = Pipeline(
            assembly.routes, access: assembly.access, origins: origins, proxies: proxies, store: assembly.store,
            isObserved: assembly.isObserved)
        self.pipeline = pipeline
        let levels = (log.sink as? LogWriter).map { LogLevelRoutes(writer: $0, log: log).routes } ?? []
        operatorRoutes = assembly.operatorRoutes + levels
        operatorPipeline = Pipeline(
            operatorRoutes, access: OperatorAccess(service: assembly.access), origins: origins, proxies: proxies)
        let accessLog = AccessLog(routes: assembly.routes, proxies: proxies, level: accessLevel, sink: log.sink)
        let (answered, routes) = (assembly.answered, assembly.routes)
        server = HTTPServer(
            assembly.server, log: log.named("http"), routes: routes.count, rejection: Response.init(rejecting:_:_:),
            access: answered.isEmpty
                ? accessLog.record
                : { record in
                    accessLog.record(record)
                    for body in answered { body(record, record.route.map { routes[$0] }) }
                },
            immediate: { pipeline.respondImmediately(to: $0) }, admission: { await pipeline.admit($0) },
            handler: { request in await pipeline.respond(to: request) })
        ServerMetrics.declare(server, assembly.routes, in: assembly.metrics)
    }

    /// Answers a request within the process, as if it had come through the server.
    public func respond(to request: Request) async -> Response {
        let request = named(request)
        return telling(await pipeline.respond(to: request), request)
    }

    /// Answers a request of one who may use the storage itself, and hence needs no API key.
    public func respond(toOperator request: Request) async -> Response {
        let request = named(request)
        return telling(await operatorPipeline.respond(to: request), request)
    }

    /// With the product's name before an id that the process has made.
    private func named(_ request: Request) -> Request {
        guard case .generated("", let uuid) = request.id else { return request }
        var request = request
        request.id = .generated(prefix: assembly.server.requestIDPrefix, uuid)
        return request
    }

    /// Logs why a request failed that no server has a line for.
    private func telling(_ response: Response, _ request: Request) -> Response {
        if let failure = response.failure { log.with(request).error(failure.message, detail: failure.detail) }
        return response
    }

    /// Where the configuration lets a service listen; nil where systemd passes the socket.
    var configuredAddress: (host: String, port: Int)? {
        assembly.server.isDescriptorShared ? nil : (assembly.server.host, assembly.server.port)
    }

    /// The port that is listened on.
    public var port: Int { server.port }

    /// Starts the service; when it returns, requests are answered.
    /// - Throws: what kept it from starting, after everything that had been started is stopped again.
    public func start() async throws(BootFailure) {
        do {
            for executor in ThreadExecutor.all { try executor.start() }
            supervision.tell(status: "Opening the storage")
            try await openStorage()
            supervision.tell(status: "Starting the services of the modules")
            for (module, service) in assembly.services { try await start(service, of: module) }
            try listen()
            try listenToOperator()
        } catch let issue as BootIssue {
            await undoAll()
            throw BootFailure([issue])
        } catch {
            await undoAll()
            throw BootFailure([BootIssue(.environment, error.words)])
        }
        assembly.health.isServing = true
        if assembly.access.isOpen {
            log.warning(
                "authentication is off: whoever reaches this service can \(assembly.identity.product.words.use), as the user \(User.test.id); "
                    + "JWKS_URL turns it on")
        }
        log.info(
            "ready on \(place), stack \(assembly.identity.stack), "
                + "storage \(assembly.storage), modules \(assembly.modules.map(\.id).joined(separator: ", "))")
        supervision.tellReady(status: "Ready on \(place)") { [server] in server.loopsAnswer(within: $0) }
    }

    /// Where the service listens, for people.
    private var place: String {
        let isInherited = assembly.server.isDescriptorShared
        return (server.address?.description ?? "") + (isInherited ? " (the socket that systemd passed)" : "")
    }

    /// Opens the storage, for commands that use the routes of one module and let nobody else in; `stop` closes it. Of
    /// the services only that module's run, such as the repair of what a crash has left, and those that tell who makes a
    /// request; none for no module.
    /// - Throws: what kept it from starting.
    public func startForCommand(of module: String?) async throws(BootFailure) {
        do {
            try await openStorage()
            // A request that says who makes it has to be understood as well.
            let modules = module == nil ? [] : [module, assembly.accessModule]
            for (owner, service) in assembly.services where modules.contains(owner) {
                try await start(service, of: owner)
            }
        } catch {
            await undoAll()
            throw BootFailure([error as? BootIssue ?? BootIssue(.environment, error.words)])
        }
    }

    /// Stops the service: readiness turns 503, after a grace the listener closes, requests in flight are answered,
    /// services stop, the storage closes.
    public func stop() async {
        let isFirst = state.withLock { state in
            defer { state.isStopping = true }
            return !state.isStopping
        }
        guard isFirst else { return }
        log.info("stopping")
        supervision.tellStopping(status: "Answering the last requests")
        assembly.health.isServing = false
        // First of all, so that what could go on for hours does not use up the time that others have to be answered.
        server.endStreams()
        state.withLock { $0.control }?.endStreams()
        for body in assembly.stopping { body() }
        await undoAll()
        log.info("stopped")
    }

    private func openStorage() async throws {
        let (driver, collections) = (assembly.driver, assembly.collections)
        let log = log.named("storage")
        let limit = assembly.lifecycle.openStorage
        let isReached = Mutex(false)
        let store = try await bounded(
            .openStorage, assembly.storage, limit, unless: { isReached.withLock { $0 } },
            remedy: "see lifecycle.openStorage"
        ) {
            try await driver.open(collections, log: log) { isReached.withLock { $0 = true } }
        }
        assembly.store.bind(store)
        assembly.context.bind(pipeline, routes: assembly.routes) { [weak self] in self?.state.withLock(\.keys) ?? [] }
        store.declare(in: assembly.metrics)
        push(.closeStorage, assembly.storage, \.stop) { [late = assembly.store, context = assembly.context] in
            late.bind(nil)
            context.bind(nil, routes: []) { [] }
            await store.close()
        }
    }

    private func start(_ service: any Service, of module: String) async throws {
        let name = "service '\(service.name)' of module '\(module)'"
        // Pushed first: a service that failed halfway is stopped as well.
        push(.stopServices, name, \.stop) { await service.stop() }
        let lifecycle = assembly.lifecycle
        // Work that goes on beside the requests has no deadline of its own: the start does not wait for its end.
        let gradual = service as? GradualService
        let limit = gradual == nil ? lifecycle.startService : lifecycle.background + lifecycle.startService
        try await bounded(.startServices, name, limit, remedy: "see lifecycle.startService") {
            if let gradual { try await gradual.start(waiting: lifecycle.background) } else { try await service.start() }
        }
    }

    private func listen() throws {
        try server.bind()
        push(.drain, "http", { $0.grace + $0.drain + .seconds(1) }) { [server, self] in
            let lifecycle = state.withLock { $0.lifecycle }
            server.announceEnd()
            try? await Task.sleep(for: lifecycle.grace)
            await server.drain(within: lifecycle.drain)
        }
        try server.start()
    }

    /// Listens for the operator's commands beside a database that no other process may open. The service is as good
    /// without where the file system has no sockets.
    private func listenToOperator() throws(BootIssue) {
        guard let socket = assembly.databaseFile.map(ControlSocket.init(beside:)) else { return }
        var configuration = assembly.server.forOperator
        configuration.threadName = "operator"
        do throws(BootIssue) {
            configuration.listeningDescriptor = try socket.listen()
        } catch {
            log.warning("\(assembly.commands) cannot reach this service while it runs: \(error.what)")
            return
        }
        let pipeline = operatorPipeline
        let control = HTTPServer(
            configuration, log: log.named("operator"), routes: operatorRoutes.count,
            rejection: Response.init(rejecting:_:_:),
            access: AccessLog(
                routes: operatorRoutes, proxies: proxies, level: accessLevel, sink: log.sink, logger: "operator"
            ).record,
            admission: { await pipeline.admit($0) }, handler: { request in await pipeline.respond(to: request) })
        try control.bind()
        push(.drain, "control socket", \.stop) { [limit = assembly.lifecycle.drain] in
            socket.remove()
            await control.drain(within: limit)
        }
        try control.start()
        state.withLock { $0.control = control }
    }

    /// Runs one step of the start, naming it in the error if it fails or takes too long.
    private func bounded<R: Sendable>(
        _ phase: Phase, _ name: String, _ limit: Duration,
        unless isLifted: @escaping @Sendable () -> Bool = { false }, remedy: String,
        _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        do {
            return try await within(limit, unless: isLifted, body)
        } catch let issue as BootIssue {
            throw issue
        } catch is DeadlineExceeded {
            throw BootIssue(.environment, "\(phase.rawValue): \(name) did not finish within \(limit)", remedy: remedy)
        } catch {
            throw BootIssue(.environment, "\(phase.rawValue): \(name): \(error.words)")
        }
    }

    private func push(
        _ phase: Phase, _ name: String, _ limit: @escaping @Sendable (LifecycleConfiguration) -> Duration,
        _ run: @escaping @Sendable () async -> Void
    ) {
        state.withLock { $0.undo.append(Undo(phase: phase, name: name, limit: limit, run: run)) }
    }

    private func undoAll() async {
        while let step = state.withLock({ $0.undo.popLast() }) {
            let limit = state.withLock { step.limit($0.lifecycle) }
            do {
                try await within(limit, step.run)
            } catch {
                log.error("\(step.phase.rawValue): \(step.name) did not finish within \(limit); going on")
            }
        }
    }
}

extension Assembly {
    /// Opens the storage and closes it again; for the command `check --connect`.
    /// - Returns: what is wrong, or nil.
    public func tryStorage(log: Logger) async -> BootFailure? {
        do throws(BootFailure) {
            await (try openStore(log: log)).close()
            return nil
        } catch {
            return error
        }
    }

    /// Copies the database into a new file; see `StorageDriver.backUp`.
    public func backUp(to path: String, report: @escaping @Sendable (BackupProgress) throws -> Void) async throws {
        try await driver.backUp(to: path, report: report)
    }

    /// Opens the storage, for commands that do not serve.
    public func openStore(log: Logger) async throws(BootFailure) -> any OpenStore {
        let (driver, collections, limit) = (driver, collections, lifecycle.openStorage)
        return try await opening {
            let isReached = Mutex(false)
            return try await within(limit, unless: { isReached.withLock { $0 } }) {
                try await driver.open(collections, log: log) { isReached.withLock { $0 = true } }
            }
        }
    }

    /// Opens a storage that is there already, only to read it; see `StorageDriver.openSource`.
    public func openSource(log: Logger) async throws(BootFailure) -> any OpenStore {
        try await opening { [driver, collections] in try await driver.openSource(collections, log: log) }
    }

    private func opening(
        _ open: @Sendable () async throws -> any OpenStore
    ) async throws(BootFailure) -> any OpenStore {
        do {
            return try await open()
        } catch let issue as BootIssue {
            throw BootFailure([issue])
        } catch {
            throw BootFailure([BootIssue(.environment, "\(Phase.openStorage.rawValue): \(error.words)")])
        }
    }
}
