import Events
import Glibc
import JobDispatch
import Jobs
import Kernel
import KernelTesting
import Maintenance
import StorageSQLite
import Testing

@testable import StorageMongoDB

/// The storage engines that dispatch is tested on.
enum Engine: String, CaseIterable, CustomTestStringConvertible {
    case sqlite
    case mongodb

    static var available: [Engine] {
        getenv("MONGODB_TESTS").map { String(cString: $0) } == "skip" ? [.sqlite] : allCases
    }
    var testDescription: String { rawValue }

    /// A database of its own for the time of `body`, by its URL.
    func withDatabase<R>(_ body: (String) async throws -> R) async throws -> R {
        switch self {
        case .sqlite:
            let database = try SQLiteTestDatabase()
            defer { withExtendedLifetime(database) {} }
            return try await body("sqlite:\(database.path)")
        case .mongodb:
            let database = try MongoDBTestDatabase()
            do {
                let result = try await body(database.url)
                await database.remove()
                return result
            } catch {
                await database.remove()
                throw error
            }
        }
    }

    /// How many instances may share a database.
    var instances: Int { self == .sqlite ? 1 : 3 }
}

/// Services with jobs, maintenance, events and dispatch on one database.
enum DispatchService {
    static let modules: [any Module.Type] = [
        JobsModule.self, MaintenanceModule.self, EventsModule.self, DispatchModule.self,
    ]

    /// Leases that are lost within a moment.
    static let brief = "lease: 1s, grace: 100ms"

    static func with<R: Sendable>(
        _ engine: Engine, _ settings: String = "", _ body: (TestClient) async throws -> R
    ) async throws -> R {
        try await engine.withDatabase { try await with($0, settings, body) }
    }

    static func with<R: Sendable>(
        _ url: String, _ settings: String = "", isOn: Bool = true, transport: TestClient.Transport = .inProcess,
        environment: [String: String] = [:], _ body: (TestClient) async throws -> R
    ) async throws -> R {
        let rest = settings.isEmpty ? "" : ", \(settings)"
        return try await withApplication(
            modules: modules, drivers: [SQLiteDriver.self, MongoDBDriver.self],
            configuration: "modules: {events: {enabled: true}, dispatch: {enabled: \(isOn)\(rest)}}",
            environment: Self.environment(of: url).merging(environment) { $1 }, transport: transport, body)
    }

    /// How long the stand-in for MongoDB takes on a busy machine is not what is tested.
    private static func environment(of url: String) -> [String: String] {
        let deadlines = [
            "JOB_SERVICE_STORAGE__MONGODB__READ_DEADLINE": "200s",
            "JOB_SERVICE_STORAGE__MONGODB__WRITE_DEADLINE": "200s",
        ]
        let isMongoDB = url.hasPrefix("mongodb")
        return (isMongoDB ? deadlines : [:]).merging(["JOB_SERVICE_STORAGE__URL": url]) { $1 }
    }

    /// Several instances on one database.
    static func with<R: Sendable>(
        _ count: Int, on url: String, _ settings: String, _ body: ([TestClient]) async throws -> R
    ) async throws -> R {
        try await with(url, settings) { client in
            if count == 1 { return try await body([client]) }
            return try await with(count - 1, on: url, settings) { try await body([client] + $0) }
        }
    }
}

/// A lease as an executor has it.
struct HeldLease: Sendable {
    let job: String
    let token: String
    let fence: Int64

    init?(_ reply: JSON) {
        guard let lease = reply["lease"], let job = lease["job"]?["jobId"]?.string, let token = lease["token"]?.string,
            let fence = lease["fence"]?.fence
        else { return nil }
        (self.job, self.token, self.fence) = (job, token, fence)
    }
}

extension TestClient {
    func postJob(_ target: String, _ operation: String = "ADD") async throws -> String? {
        let job: JSON = ["operation": .string(operation), "target": .string(target), "description": "x"]
        let reply = try await post("/jobs", ["jobs": [job]])
        return try reply.json.array?.first?["job_id"]?.string
    }

    func claim(
        _ operations: [String] = ["ADD"], id: String = UUID().description, executor: String = "exec-1", wait: Int = 0
    ) async throws -> TestResponse {
        try await post(
            "/dispatch/claims",
            [
                "claimId": .string(id), "executor": .string(executor),
                "operations": .array(operations.map { .string($0) }), "wait": .integer(Int64(wait)),
            ])
    }

    func lease(_ operations: [String] = ["ADD"], wait: Int = 0) async throws -> HeldLease {
        let reply = try await claim(operations, wait: wait)
        return try #require(HeldLease(try reply.json), "\(reply.text)")
    }

    func update(_ lease: HeldLease, _ status: String, log: String? = nil) async throws -> TestResponse {
        try await put(
            "/jobs/\(lease.job)", ["status": .string(status), "log": log.map(JSON.string)],
            headers: ["X-Lease-Token": lease.token])
    }

    func beat(_ lease: HeldLease) async throws -> TestResponse {
        try await post("/dispatch/beats", ["jobId": .string(lease.job), "token": .string(lease.token)])
    }

    func release(_ lease: HeldLease, delay: Int) async throws -> TestResponse {
        try await post(
            "/dispatch/releases",
            [
                "jobId": .string(lease.job), "token": .string(lease.token), "delaySeconds": .integer(Int64(delay)),
                "log": "no room",
            ])
    }

    func cancel(_ job: String) async throws -> TestResponse {
        try await post("/dispatch/cancels", ["jobId": .string(job), "reason": "not wanted"])
    }

    func pause(_ isPaused: Bool) async throws {
        while true {
            let reply = try await post("/maintenance-status", ["msg": "x", "paused": .bool(isPaused)])
            if reply.status == 503 { continue }
            return #expect(reply.status == 200, "\(reply.text)")
        }
    }

    func resolve(_ job: String, _ action: String) async throws -> TestResponse {
        try await post(
            "/dispatch/resolutions", ["jobId": .string(job), "action": .string(action), "reason": "resolved"])
    }

    func leases() async throws -> [JSON] { try await get("/dispatch/leases").json.array ?? [] }

    func untilHeld(_ job: String) async throws {
        let isHeld = try await Patience.until {
            try await leases().contains { $0["jobId"]?.string == job && $0["state"] == "held" }
        }
        #expect(isHeld)
    }
}

extension JSON {
    var fence: Int64? { if case .integer(let number) = self { number } else { nil } }
}

extension TestResponse {
    var code: String? { try? json["code"]?.string }
}
