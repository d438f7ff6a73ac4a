import Kernel

/// What is different for a service under test: a free port, no waiting for load balancers, and deadlines that never
/// pass, since those that a test does not set are not what it tests.
/// - Parameter product: whose variables.
public func testEnvironment(of product: Product = .tested) -> [String: String] {
    let settings = [
        "HTTP__PORT": "0", "LIFECYCLE__GRACE": "0s", "HTTP__DEADLINES__HEAD": Patience.setting,
        "HTTP__DEADLINES__BODY": Patience.setting, "HTTP__DEADLINES__HANDLER": Patience.setting,
        "LIFECYCLE__OPEN_STORAGE": Patience.setting, "LIFECYCLE__START_SERVICE": Patience.setting,
        "LIFECYCLE__BACKGROUND": Patience.setting,
    ]
    return Dictionary(uniqueKeysWithValues: settings.map { ("\(product.environmentPrefix)_\($0.key)", $0.value) })
}

/// Runs a service for the time of `body`: assembled from `modules`, `drivers` and the configuration, started on a
/// free port of 127.0.0.1, and stopped again whatever happens.
///
/// - Parameters:
///   - product: what the service is called.
///   - modules: those that are linked in.
///   - drivers: those that are linked in.
///   - configuration: YAML text, without what `environment` sets.
///   - environment: the variables, with `http.port` 0 and long deadlines unless they say otherwise.
///   - transport: how the client reaches the service.
///   - log: where log lines go; by default they are kept and dropped.
///   - body: what is done with the service.
/// - Throws: what `body` throws, and `BootFailure` if the service does not start.
public func withApplication<R: Sendable>(
    _ product: Product = .tested, modules: [any Module.Type], drivers: [any StorageDriver.Type],
    configuration: String = "",
    environment: [String: String] = [:], transport: TestClient.Transport = .inProcess, log: any LogSink = LogRecorder(),
    _ body: (TestClient) async throws -> R
) async throws -> R {
    var environment = environment
    environment.merge(testEnvironment(of: product)) { given, _ in given }
    let logger = Logger("test", sink: log)
    let read = Configuration(of: product, yaml: configuration, environment: environment)
    let assembly = try Assembly(modules: modules, drivers: drivers, configuration: read, log: logger)
    let application = Application(assembly, log: logger)
    try await application.start()
    do {
        let result = try await body(TestClient(application: application, transport: transport))
        await application.stop()
        return result
    } catch {
        await application.stop()
        throw error
    }
}
