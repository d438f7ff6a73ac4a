/// What all modules together have declared, in the order in which they did.
struct Declarations {
    var collections: [CollectionSpec] = []
    var routes: [Route] = []
    var checks: [HealthCheck] = []
    var services: [(module: String, service: any Service)] = []
    var capabilities: [String: (module: String, implementation: any Sendable)] = [:]
    /// Asked for when nobody had offered them yet.
    var asked: [(module: String, capability: String)] = []
    var stopping: [@Sendable () -> Void] = []
    var answered: [@Sendable (AccessRecord, Route?) -> Void] = []
    var reloads: [(module: String, apply: @Sendable (any ModuleConfiguration) -> Void)] = []
    var issues: [BootIssue] = []
}

/// Shares one `Declarations` among the registrars of the modules.
final class Registry {
    let identity: ServiceIdentity
    let log: Logger
    let store = LateStore()
    let metrics: Metrics
    let context: ApplicationContext
    var declared = Declarations()

    init(_ product: Product, identity: ServiceIdentity, log: Logger) {
        self.identity = identity
        self.log = log
        metrics = Metrics(prefix: product.metricPrefix, log: log.named("metrics"))
        context = ApplicationContext(log: log.named("kernel"))
    }

    func capability<C>(_ capability: Capability<C>) -> C? {
        declared.capabilities[capability.name]?.implementation as? C
    }

    /// The roles that there are to have: those that the routes admit, and those that the kernel names.
    var roles: [Role] {
        var roles = Role.known
        for role in declared.routes.flatMap({ $0.operation.access?.roles ?? [] }) where !roles.contains(role) {
            roles.append(role)
        }
        return roles
    }

    /// What is wrong with the declarations as a whole.
    func check() {
        for problem in metrics.problems {
            declared.issues.append(
                BootIssue(.configuration, problem, remedy: "disable one of the modules that declare it"))
        }
        checkCapabilities()
        var owners: [String: String] = [:]
        for route in declared.routes {
            let shape = "\(route.method.rawValue) \(route.pattern.shape)"
            if let owner = owners.updateValue(route.module, forKey: shape) {
                declared.issues.append(
                    BootIssue(
                        .configuration,
                        "route \(route.method.rawValue) \(route.pattern) of module '\(route.module)' is already taken "
                            + "by module '\(owner)'", remedy: "disable one of the two modules"))
            }
            if let problem = route.problem {
                declared.issues.append(
                    BootIssue(
                        .configuration,
                        "route \(route.method.rawValue) \(route.pattern) of module '\(route.module)' can never match: "
                            + problem,
                        remedy: "mend the pattern in the module"))
            }
            if let flaw = route.flaw {
                declared.issues.append(
                    BootIssue(
                        .configuration,
                        "route \(route.method.rawValue) \(route.pattern) of module '\(route.module)' is not as it is "
                            + "declared: \(flaw)", remedy: "mend the declaration in the module"))
            }
            if !route.method.isSafe, route.operation.access == nil {
                declared.issues.append(
                    BootIssue(
                        .configuration,
                        "route \(route.method.rawValue) \(route.pattern) of module '\(route.module)' writes but does "
                            + "not say who may call it", remedy: "declare the operation's access in the module"))
            }
            if route.operation.access?.roles?.isEmpty == true {
                declared.issues.append(
                    BootIssue(
                        .configuration,
                        "route \(route.method.rawValue) \(route.pattern) of module '\(route.module)' admits no role, and "
                            + "hence nobody",
                        remedy: "name the roles in the operation's access, or let it be .anyone"))
            }
        }
    }
}

extension Registry {
    /// Whoever asks for a capability before it is offered would run without it.
    private func checkCapabilities() {
        for (module, name) in declared.asked {
            guard let offer = declared.capabilities[name], offer.module != module else { continue }
            declared.issues.removeAll { $0 == .missingCapability(name, of: module) }
            declared.issues.append(
                BootIssue(
                    .configuration,
                    "module '\(module)' asks for the capability '\(name)' before module '\(offer.module)' offers it",
                    remedy: "have the manifest of '\(module)' require '\(offer.module)', or that of "
                        + "'\(offer.module)' extend '\(module)'"))
        }
    }

    /// Refuses routes of modules on paths that are the kernel's own.
    func checkPaths(against kernel: [Route]) -> [BootIssue] {
        let own = Set(kernel.map(\.pattern.shape))
        return declared.routes.filter { own.contains($0.pattern.shape) }.map { route in
            BootIssue(
                .configuration,
                "route \(route.method.rawValue) \(route.pattern) of module '\(route.module)' is on a path of the kernel's "
                    + "own", remedy: "give it another path in the module")
        }
    }
}

extension BootIssue {
    fileprivate static func missingCapability(_ name: String, of module: String) -> BootIssue {
        BootIssue(
            .configuration,
            "module '\(module)' needs the capability '\(name)', which no enabled module offers",
            remedy: "enable the module that offers it, or set modules.\(module).enabled: false")
    }
}

extension Route {
    /// Why it never answers anything; nil if it may.
    fileprivate var problem: String? {
        switch method {
        case .head: "HEAD is answered by the route for GET"
        case .connect: "CONNECT names no path"
        case .other: "it has no method"
        default: pattern.problem
        }
    }
}

/// The registrar that one module sees.
final class ModuleRegistrar: Registrar {
    private let registry: Registry
    private let manifest: Manifest

    init(_ registry: Registry, for manifest: Manifest) {
        self.registry = registry
        self.manifest = manifest
    }

    var identity: ServiceIdentity { registry.identity }
    var log: Logger { registry.log.named(manifest.id) }
    var store: any DocumentStore { registry.store }
    var metrics: Metrics { registry.metrics }
    var context: ApplicationContext { registry.context }

    func collection(_ spec: CollectionSpec) -> Collection {
        if registry.declared.collections.contains(where: { $0.name == spec.name }) {
            registry.declared.issues.append(
                BootIssue(
                    .configuration,
                    "collection '\(spec.name)' of module '\(manifest.id)' is already declared by another module",
                    remedy: "disable one of the two modules"))
        }
        registry.declared.collections.append(spec)
        return Collection(name: spec.name, ordinal: registry.declared.collections.count - 1)
    }

    func route(_ route: Route) {
        var route = route
        route.module = manifest.id
        registry.declared.routes.append(route)
    }

    func check(_ check: HealthCheck) { registry.declared.checks.append(check) }

    func service(_ service: any Service) {
        guard let running = service as? any LongRunningService else {
            registry.declared.services.append((manifest.id, service))
            return
        }
        let supervisor = Supervisor(running, log: log)
        metrics.add(supervisor.restarts, as: Supervisor.restartFamily, ["service": running.name])
        registry.declared.checks.append(supervisor.check)
        registry.declared.services.append((manifest.id, supervisor))
    }

    func whenStopping(_ body: @escaping @Sendable () -> Void) { registry.declared.stopping.append(body) }

    func whenAnswered(_ body: @escaping @Sendable (AccessRecord, Route?) -> Void) {
        registry.declared.answered.append(body)
    }

    func whenStored(_ body: @escaping @Sendable (StorageOperation) -> Void) {
        registry.store.timings.observe(body)
    }

    func reload<C: ModuleConfiguration>(_ apply: @escaping @Sendable (C) -> Void) {
        registry.declared.reloads.append(
            (manifest.id, { configuration in if let configuration = configuration as? C { apply(configuration) } }))
    }

    func offer<C>(_ capability: Capability<C>, _ implementation: C) {
        if let other = registry.declared.capabilities[capability.name] {
            registry.declared.issues.append(
                BootIssue(
                    .configuration,
                    "module '\(manifest.id)' offers the capability '\(capability.name)', which module "
                        + "'\(other.module)' offers already", remedy: "disable one of the two modules"))
            return
        }
        registry.declared.capabilities[capability.name] = (manifest.id, implementation)
    }

    func optional<C>(_ capability: Capability<C>) -> C? {
        guard let offer = registry.declared.capabilities[capability.name] else {
            registry.declared.asked.append((manifest.id, capability.name))
            return nil
        }
        if let implementation = offer.implementation as? C { return implementation }
        registry.declared.issues.append(
            BootIssue(
                .configuration,
                "module '\(manifest.id)' asks for the capability '\(capability.name)', under which module "
                    + "'\(offer.module)' offers something else", remedy: "rename one of the two capabilities"))
        return nil
    }

    func require<C>(_ capability: Capability<C>) throws -> C {
        if let implementation = optional(capability) { return implementation }
        throw BootIssue.missingCapability(capability.name, of: manifest.id)
    }
}
