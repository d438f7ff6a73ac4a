import Kernel
import KernelTesting

/// A module that registers what the test that runs says.
struct AdHocModule: Module {
    static let manifest = Manifest(id: "adHoc", summary: "What a test needs")
    @TaskLocal static var registration: @Sendable (any Registrar) throws -> Void = { _ in }

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) throws { try Self.registration(kernel) }
}

/// Runs a service that has what `registration` declares.
func withService(
    _ transport: TestClient.Transport = .liveSocket, configuration: String = "", log: any LogSink = LogRecorder(),
    _ registration: @escaping @Sendable (any Registrar) throws -> Void, _ body: (TestClient) async throws -> Void
) async throws {
    try await AdHocModule.$registration.withValue(registration) {
        try await withApplication(
            modules: [AdHocModule.self], drivers: [RecordingDriver.self],
            configuration: "storage: {url: 'recording:'}\n" + configuration, transport: transport, log: log, body)
    }
}
