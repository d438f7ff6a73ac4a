/// What a module registers with. Everything here only records; it takes effect in later phases of the boot.
public protocol Registrar: AnyObject {
    /// Who this service is.
    var identity: ServiceIdentity { get }
    /// A logger that carries the module's id as its name.
    var log: Logger { get }
    /// The store of this stack. Usable from `Service.start` on; before that every call throws.
    var store: any DocumentStore { get }

    /// Declares a collection, to be created with its indexes before the service listens.
    func collection(_ spec: CollectionSpec) -> Collection
    func route(_ route: Route)
    /// A condition of readiness.
    func check(_ check: HealthCheck)
    /// Something that runs beside the routes; started in the order of registration, stopped in reverse.
    func service(_ service: any Service)

    /// Has `body` called once the service begins to stop, before requests in flight are waited for: handlers that wait
    /// for something to happen are to answer then. It must not block.
    func whenStopping(_ body: @escaping @Sendable () -> Void)

    /// Has `apply` called with the module's configuration whenever a running service has read one in which reloadable
    /// keys of the module have changed. Of the other keys the module keeps the values it was made with.
    func reload<C: ModuleConfiguration>(_ apply: @escaping @Sendable (C) -> Void)

    /// Has `body` called with each request that has come to its end, and with the route that answered it. It is called
    /// on the event loop that had the request, and must not block. Requests of an operator's commands are not told of.
    func whenAnswered(_ body: @escaping @Sendable (AccessRecord, Route?) -> Void)

    /// Has `body` called with each operation of the store that has come to its end, in the task that has asked for it:
    /// `RequestScope.current` tells for which request. It must not block.
    func whenStored(_ body: @escaping @Sendable (StorageOperation) -> Void)

    /// What `GET /metrics` shows.
    var metrics: Metrics { get }
    /// The running service, for a module that shows or uses it as a whole.
    var context: ApplicationContext { get }

    /// Makes `implementation` available to the modules that require this one.
    func offer<C>(_ capability: Capability<C>, _ implementation: C)
    /// What a required module offers.
    /// - Throws: `BootIssue` naming the capability if no enabled module offers it.
    func require<C>(_ capability: Capability<C>) throws -> C
    /// What another module may or may not offer.
    func optional<C>(_ capability: Capability<C>) -> C?
}

extension Registrar {
    public func route(
        _ method: Method, _ pattern: RoutePattern, _ operation: Operation, handler: @escaping Route.Handler
    ) {
        route(Route(method, pattern, operation, handler: handler))
    }
}

/// A typed name for something that one module offers to others, declared in a public file of the offering module.
public struct Capability<Interface: Sendable>: Sendable {
    public let name: String

    public init(_ name: String) {
        self.name = name
    }
}

/// Something with a life of its own: started after the storage is open and before the service listens.
public protocol Service: Sendable {
    /// For messages about a start or stop that fails or takes too long.
    var name: String { get }
    func start() async throws
    func stop() async
}

extension Service {
    public func start() async throws {}
    public func stop() async {}
}

/// A service that is at work for as long as it runs: one that follows something, or hands something out.
///
/// `run` begins once `start` has returned, and goes on until its task is cancelled at the stop, before `stop`. The kernel
/// watches it: one that ends before, for whatever reason, begins again after a pause that grows with every failure up to
/// half a minute. The log tells of it, a metric counts it, and the service is not ready while one keeps ending.
public protocol LongRunningService: Service {
    /// Must not block a thread, and must end soon when it is cancelled.
    func run() async throws
}
