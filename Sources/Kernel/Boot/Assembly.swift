/// A service put together from its configuration, before any I/O: the outcome of the phases configure, resolve,
/// construct and register. All problems of these phases are found in one go.
public struct Assembly: Sendable {
    public let identity: ServiceIdentity
    /// The enabled modules in the order of their registration.
    public let modules: [Manifest]
    public let routes: [Route]
    /// All of them, and those that only an operator's commands reach.
    let operatorRoutes: [Route]
    public let collections: [CollectionSpec]
    public let server: ServerConfiguration
    /// The storage engine's name, for `/version`.
    public let storage: String
    /// The file of an embedded database that only one process may use; nil where there is none.
    public var databaseFile: String? { driver.file }

    /// What `Application` calls the operator's commands when it warns of them.
    let commands: String

    let logging: LoggingConfiguration
    let lifecycle: LifecycleConfiguration
    let checks: [HealthCheck]
    let services: [(module: String, service: any Service)]
    let driver: any StorageDriver
    let store: LateStore
    let access: any AccessControl
    /// The module that says who makes a request; nil where nobody asks.
    let accessModule: String?
    let origins: OriginPolicy
    let proxies: TrustedProxies
    let health: HealthMonitor
    /// What was read, with the values in force.
    let keys: [ConfigurationKey]
    let moduleConfigurations: [String: any ModuleConfiguration]
    let stopping: [@Sendable () -> Void]
    let answered: [@Sendable (AccessRecord, Route?) -> Void]
    /// Whether anybody wants to know what belongs to which request.
    var isObserved: Bool { !answered.isEmpty || store.timings.isObserved }
    let reloads: [(module: String, apply: @Sendable (any ModuleConfiguration) -> Void)]
    let metrics: Metrics
    let context: ApplicationContext

    /// - Parameters:
    ///   - modules: the modules that are linked in; ties of the order follow this list.
    ///   - drivers: the storage drivers that are linked in.
    ///   - commit: of the build, for where COMMIT_ID says nothing.
    ///   - configuration: which of them run and how, and of which product.
    ///   - socket: what to listen on instead of `http.host` and `http.port`.
    ///   - commandExample: an operator's command, for a warning that they cannot reach the service.
    ///   - log: where the parts of the service log.
    /// - Throws: everything that keeps the service from starting, each problem once.
    public init(
        modules: [any Module.Type], drivers: [any StorageDriver.Type], commit: String? = nil,
        configuration: Configuration, socket: InheritedSocket? = nil, commandExample: String? = nil, log: Logger
    ) throws(BootFailure) {
        let root = configuration.root
        identity = ServiceIdentity(
            configuration.product, commit: configuration.service.commit ?? commit ?? "unknown",
            stack: configuration.service.stack,
            host: configuration.service.hostName ?? LogProcess.machineName)
        logging = LoggingConfiguration(reading: root)
        let http = root.section("http", "The HTTP server")
        var server = ServerConfiguration(reading: http)
        server.requestIDPrefix = configuration.product.requestIDPrefix
        server.listeningDescriptor = socket?.descriptor
        server.isDescriptorShared = socket != nil
        self.server = server
        origins = OriginPolicy(reading: http)
        proxies = TrustedProxies(reading: http)
        let openListening = OpenListening(reading: http, host: server.host, inherited: socket)
        let isReadOnly = http.boolean(
            "readOnly", default: false,
            "Whether this stack only observes: routes that could change something are not there")
        lifecycle = LifecycleConfiguration(reading: root.section("lifecycle", "Limits of starting and stopping"))
        let chosen = root.section("storage", "Where documents are kept").storageDriver(of: drivers)

        let candidates = modules.map { ModuleCandidate($0, reading: root) }
        let registry = Registry(configuration.product, identity: identity, log: log)
        commands = "commands" + (commandExample.map { " such as '\(configuration.product.name) \($0)'" } ?? "")
        var issues = [configuration.product.problem].compactMap(\.self)
        var order: [Int] = []
        issues += ModuleGraph.sharedIDs(in: candidates.map(\.manifest))
        guard issues.isEmpty else { throw BootFailure(configuration.finish() + issues) }
        do {
            order = try ModuleGraph(
                manifests: candidates.map(\.manifest),
                enabled: Set(candidates.filter(\.isEnabled).map(\.manifest.id))
            ).order()
        } catch {
            issues += error.issues
        }
        for index in order { candidates[index].register(with: registry) }
        registry.check()
        issues += registry.checkPaths(against: Route.ofKernel(identity, registry.metrics, log))
        let access = registry.capability(.accessControl) ?? OpenAccess()
        registry.declared.issues += access.issues(knowing: registry.roles)
        if issues.isEmpty, registry.declared.issues.isEmpty { openListening.check(access) }
        issues = configuration.finish() + issues + registry.declared.issues
        guard issues.isEmpty, let driver = chosen else { throw BootFailure(issues) }

        self.driver = driver
        keys = configuration.keys
        moduleConfigurations = Dictionary(uniqueKeysWithValues: candidates.map { ($0.manifest.id, $0.configuration) })
        stopping = registry.declared.stopping
        answered = registry.declared.answered
        reloads = registry.declared.reloads
        self.modules = order.map { candidates[$0].manifest }
        storage = type(of: driver).label
        collections = registry.declared.collections
        services = registry.declared.services
        store = registry.store
        self.access = access
        accessModule = registry.declared.capabilities[Capability<any AccessControl>.accessControl.name]?.module
        checks = [HealthCheck("storage") { [store] in try await store.ping() }] + registry.declared.checks
        health = HealthMonitor(checks, log: log.named("health"))
        let probes = Probes(health: health, identity: identity, modules: self.modules.map(\.id), storage: storage)
        metrics = registry.metrics
        context = registry.context
        ServiceMetrics.declare(
            identity, modules: self.modules.map(\.id), storage: storage, health: health, in: metrics)
        store.timings.declare(driver: type(of: driver).schemes.first ?? "none", in: metrics)
        let served =
            registry.declared.routes.filter {
                (!isReadOnly || $0.method.isSafe) && !$0.operation.isForCommands
            } + probes.routes + [.metrics(metrics)]
        routes = served + Route.descriptions(of: served, identity)
        operatorRoutes =
            routes + registry.declared.routes.filter { $0.operation.isForCommands && (!isReadOnly || $0.method.isSafe) }
    }
}

extension Route {
    /// The routes that every stack has, for their paths.
    fileprivate static func ofKernel(_ identity: ServiceIdentity, _ metrics: Metrics, _ log: Logger) -> [Route] {
        let health = HealthMonitor([], log: log)
        return Probes(health: health, identity: identity, modules: [], storage: "").routes
            + [.metrics(metrics)] + descriptions(of: [], identity)
    }
}

/// A module that may come to run: its configuration is read either way, so that its keys are known.
private struct ModuleCandidate {
    let manifest: Manifest
    let isEnabled: Bool
    let configuration: any ModuleConfiguration
    private let construct: (Registry) -> Void

    init(_ type: any Module.Type, reading root: ConfigurationSection) {
        self.init(opening: type, root)
    }

    private init<M: Module>(opening type: M.Type, _ root: ConfigurationSection) {
        manifest = M.manifest
        let section = (manifest.isOfService ? root : root.section("modules")).section(manifest.id, manifest.summary)
        isEnabled = section.boolean(
            "enabled", default: M.Configuration.isWanted(by: section) ?? manifest.isEnabledByDefault,
            "Whether the module '\(manifest.id)' runs")
        let configuration = M.Configuration(reading: isEnabled ? section : section.disabled)
        self.configuration = configuration
        construct = { [manifest] registry in
            do {
                try M(configuration: configuration).register(in: ModuleRegistrar(registry, for: manifest))
            } catch let issue as BootIssue {
                registry.declared.issues.append(issue)
            } catch {
                registry.declared.issues.append(
                    BootIssue(.configuration, "module '\(manifest.id)' cannot be registered: \(error.words)"))
            }
        }
    }

    func register(with registry: Registry) { construct(registry) }
}
