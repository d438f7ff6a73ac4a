import Kernel

/// What is different for a service under test: a free port, no waiting for load balancers, and deadlines that never
/// pass, since those that a test does not set are not what it tests.
public let testEnvironment = [
    "JOB_SERVICE_HTTP__PORT": "0", "JOB_SERVICE_LIFECYCLE__GRACE": "0s",
    "JOB_SERVICE_HTTP__DEADLINES__HEAD": Patience.setting, "JOB_SERVICE_HTTP__DEADLINES__BODY": Patience.setting,
    "JOB_SERVICE_HTTP__DEADLINES__HANDLER": Patience.setting, "JOB_SERVICE_LIFECYCLE__OPEN_STORAGE": Patience.setting,
    "JOB_SERVICE_LIFECYCLE__START_SERVICE": Patience.setting, "JOB_SERVICE_LIFECYCLE__BACKGROUND": Patience.setting,
]

/// Runs a service for the time of `body`: assembled from `modules`, `drivers` and the configuration, started on a
/// free port of 127.0.0.1, and stopped again whatever happens.
///
/// - Parameters:
///   - modules: those that are linked in.
///   - drivers: those that are linked in.
///   - configuration: YAML text, without what `environment` sets.
///   - environment: the variables, with `http.port` 0 and long deadlines unless they say otherwise.
///   - transport: how the client reaches the service.
///   - log: where log lines go; by default they are kept and dropped.
///   - body: what is done with the service.
/// - Throws: what `body` throws, and `BootFailure` if the service does not start.
public func withApplication<R: Sendable>(
    modules: [any Module.Type], drivers: [any StorageDriver.Type], configuration: String = "",
    environment: [String: String] = [:], transport: TestClient.Transport = .inProcess, log: any LogSink = LogRecorder(),
    _ body: (TestClient) async throws -> R
) async throws -> R {
    var environment = environment
    environment.merge(testEnvironment) { given, _ in given }
    let logger = Logger("test", sink: log)
    let read = Configuration(yaml: configuration, environment: environment)
    let assembly = try Assembly(version: "test", modules: modules, drivers: drivers, configuration: read, log: logger)
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
