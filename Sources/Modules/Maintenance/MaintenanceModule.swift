import Kernel

/// The flag that tells executors not to start new jobs, with its history.
public struct MaintenanceModule: Module {
    public static let manifest = Manifest(
        id: "maintenance", summary: "The flag that tells executors not to start new jobs")

    public init(configuration: NoConfiguration) {}

    public func register(in kernel: any Registrar) throws {
        let collection = kernel.collection(MaintenanceRegister.spec)
        let observers = MaintenanceObservers(collection)
        kernel.offer(.maintenanceObservers, observers)
        let register = MaintenanceRegister(
            store: kernel.store, collection: collection, observers: observers, log: kernel.log)
        let list = DocumentList(in: kernel.store)
        kernel.metrics.reading("maintenance", [Self.paused]) {
            try await register.latest().map { [MetricSample(Self.paused, $0.isPaused ? 1 : 0)] } ?? []
        }
        kernel.service(InitialStatus(register: register))

        kernel.get(
            "/maintenance-status", aliases: [.latest], .getStatus, showing: [collection],
            atOnce: { _ in try register.latestAtOnce().map(Self.response) },
            handler: { _ in try Self.response(to: try await register.latest()) })
        kernel.get("/maintenance-history", aliases: [.statuses], .listStatuses) { _ in
            try await list.response([
                DocumentListReader.Part(collection, Query(order: .reverseEntry)) {
                    MaintenanceStatus(stored: $0).json
                }
            ])
        }
        kernel.post(
            "/maintenance-status", aliases: [.statuses], .postStatus, .body(NewMaintenanceStatus.self)
        ) { request, new in
            let status = MaintenanceStatus(new, at: .now)
            try await register.post(status, for: request)
            return status
        }
    }

    private static let paused = MetricFamily(
        .gauge, "maintenance_paused", "1 while the flag tells executors not to start new jobs, otherwise 0")

    /// While jobs are paused the log tells of every executor that asks.
    private static func response(to latest: MaintenanceStatus?) throws -> Response {
        guard let latest else {
            throw StoreError.unavailable(reason: "somebody has emptied the collection 'maintenance'", retryAfter: 5)
        }
        var response = latest.response()
        response.isNotable = latest.isPaused
        return response
    }
}

/// What newer executors call.
extension Alias {
    fileprivate static let latest = Alias("/maintenance-statuses/latest", since: "2026-11-24T00:00:00Z")
    fileprivate static let statuses = Alias("/maintenance-statuses", since: "2026-11-24T00:00:00Z")
}

/// Sees to it that there is a status from the start on.
private struct InitialStatus: Service {
    let name = "initial maintenance status"
    let register: MaintenanceRegister

    func start() async throws { try await register.initialize() }
}
