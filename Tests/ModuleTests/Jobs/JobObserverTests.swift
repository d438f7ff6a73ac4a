import Authentication
import Jobs
import Kernel
import KernelTesting
import StorageSQLite
import Synchronization
import Testing

@Suite("Observers of jobs")
struct JobObserverTests {
    @Test("are told who has changed them", arguments: TestClient.Transport.allCases)
    func principals(transport: TestClient.Transport) async throws {
        let witness = Witness()
        try await withLogins(["executor": [.service]]) { logins in
            try await Witness.$current.withValue(witness) {
                try await withApplication(
                    modules: [JobsModule.self, AuthenticationModule.self, WitnessModule.self],
                    drivers: [SQLiteDriver.self],
                    environment: logins.environment.merging(["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"]) { $1 },
                    transport: transport
                ) { client in
                    let posted = try await client.post(
                        "/jobs", ["jobs": [["operation": "ADD", "target": "A"]]], headers: logins.administrator())
                    let id = try #require(try posted.json.array?.first?["job_id"]?.string)
                    _ = try await client.put(
                        "/jobs/\(id)", ["status": "initiated"], headers: logins.service("executor"))
                    _ = try await client.put(
                        "/jobs/\(id)", ["status": "failed"], headers: logins.administrator(firstName: "Ola"))
                    _ = try await client.put("/jobs/\(id)", ["status": "failed"])
                }
            }
        }
        let user = TokenIssuer.userID
        #expect(
            witness.seen.withLock { $0 } == [
                "queued by administrator \"Kari Nordmann\" (\(user))", "initiated by service executor",
                "failed by administrator \"Ola Nordmann\" (\(user))",
            ])
    }
}

/// Writes down who changes jobs.
private final class Witness: JobObserver {
    @TaskLocal static var current: Witness?

    let seen = Mutex<[String]>([])

    func jobsDidChange(_ jobs: [JSON], by principal: Principal, in transaction: any WriteTransaction) {
        for job in jobs { seen.withLock { $0.append("\(job["status"]?.string ?? "") by \(principal)") } }
    }
}

private struct WitnessModule: Module {
    static let manifest = Manifest(id: "witness", summary: "Sees who changes jobs", requires: ["jobs"])

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) throws {
        if let witness = Witness.current { try kernel.require(.jobObservers).add(witness) }
    }
}
