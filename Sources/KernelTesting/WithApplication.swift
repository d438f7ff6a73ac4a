import Kernel

/// Runs a service for the time of `body`: assembled from `modules`, `drivers` and the configuration, started on a
/// free port of 127.0.0.1, and stopped again whatever happens.
///
/// - Parameters:
///   - modules: those that are linked in.
///   - drivers: those that are linked in.
///   - configuration: YAML text, laid over `http.port: 0`.
///   - environment: the variables, and no others.
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
    environment["JOB_SERVICE_HTTP__PORT"] = environment["JOB_SERVICE_HTTP__PORT"] ?? "0"
    environment["JOB_SERVICE_LIFECYCLE__GRACE"] = environment["JOB_SERVICE_LIFECYCLE__GRACE"] ?? "0s"
    let logger = Logger("test", sink: log)
    let read = Configuration(yaml: configuration, environment: environment)
    _ = LoggingConfiguration(reading: read.root.section("logging"))
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
