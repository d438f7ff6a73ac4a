import Authentication
import Jobs
import Kernel
import KernelTesting
import StorageSQLite
import Testing

@Suite("A service without authentication")
struct OpenServiceTests {
    private static let memory = ["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"]

    @Test(
        "starts on the loopback with a warning, and posts as the test user",
        arguments: [[:], ["JWT_AUTH": "false"], ["JWT_AUTH": "false", "JWKS_URL": "http://127.0.0.1:1/"]])
    func openOnLoopback(environment: [String: String]) async throws {
        let log = LogRecorder()
        try await withApplication(
            modules: [JobsModule.self, AuthenticationModule.self], drivers: [SQLiteDriver.self],
            environment: Self.memory.merging(environment) { $1 }, log: log
        ) { client in
            #expect(log.entries.contains { $0.level == .warning && $0.message.hasPrefix("authentication is off") })
            let reply = try await client.post("/jobs", AuthenticationFixture.body)
            #expect(reply.status == 200)
            let jobs = try await client.get("/jobs")
            let user: JSON = ["userId": "1234-1234-1234-1234", "firstName": "Test", "lastName": "User"]
            #expect(try jobs.json.array?.first?["createdBy"] == user)
            let ready = try await client.get("/health/ready")
            #expect(ready.status == 200)
        }
    }

    @Test("does not listen beyond the machine without consent", arguments: ["0.0.0.0", "::", "192.0.2.1", "some-name"])
    func refusesToBeOpen(host: String) throws {
        for modules in [[JobsModule.self, AuthenticationModule.self], [JobsModule.self]] as [[any Module.Type]] {
            let issues = issues(modules, ["JOB_SERVICE_HTTP__HOST": host])
            #expect(issues.count == 1)
            #expect(issues.first?.kind == .configuration)
            #expect(
                issues.first?.what.contains("can be reached from other machines while authentication is off") == true)
            #expect(issues.first?.remedy?.contains("http.allowUnauthenticated: true") == true)
        }
    }

    @Test(
        "needs no consent where nobody else can reach it, where it was given, or where authentication is on",
        arguments: [
            ["JOB_SERVICE_HTTP__HOST": "127.0.0.1"], ["JOB_SERVICE_HTTP__HOST": "127.8.9.1"],
            ["JOB_SERVICE_HTTP__HOST": "localhost"], ["JOB_SERVICE_HTTP__HOST": "::1"],
            ["JOB_SERVICE_HTTP__HOST": "0.0.0.0", "JOB_SERVICE_HTTP__ALLOW_UNAUTHENTICATED": "true"],
            ["JOB_SERVICE_HTTP__HOST": "0.0.0.0", "JWKS_URL": "http://127.0.0.1:1/"],
        ])
    func consent(environment: [String: String]) {
        #expect(issues([JobsModule.self, AuthenticationModule.self], environment).map(\.what) == [])
    }

    @Test(
        "is not what JWT_AUTH asks for without a place to have keys from",
        arguments: [
            (["JWT_AUTH": "true"], "is required"), (["JWT_AUTH": "true", "JWKS_URL": ""], "is required"),
            (["JWKS_URL": "file:///etc/passwd"], "is no http or https URL"),
            (["JWKS_URL": "https://"], "is no http or https URL"), (["JWKS_URL": "keys"], "is no http or https URL"),
            (["JWKS_URL": "http://a b/"], "is no http or https URL"),
        ])
    func missingURL(environment: [String: String], problem: String) {
        let issues = issues([JobsModule.self, AuthenticationModule.self], environment)
        #expect(
            issues.map(\.what) == ["modules.authentication.jwksURL: \(problem)"]
                || issues.first?.what.hasPrefix("modules.authentication.jwksURL: \(problem)") == true)
        #expect(issues.count == 1)
        #expect(issues.first?.kind == .configuration)
    }

    @Test("a route that writes without saying who may call it keeps the service from starting")
    func undeclaredAccess() {
        let issues = issues([CarelessModule.self], [:])
        #expect(
            issues.map(\.what) == ["route POST /careless of module 'careless' writes but does not say who may call it"])
    }

    /// What keeps a service of these modules from starting.
    private func issues(_ modules: [any Module.Type], _ environment: [String: String]) -> [BootIssue] {
        do throws(BootFailure) {
            let configuration = Configuration(environment: Self.memory.merging(environment) { $1 })
            _ = try Assembly(
                modules: modules, drivers: [SQLiteDriver.self], configuration: configuration,
                log: Logger("test", sink: LogRecorder()))
            return []
        } catch {
            return error.issues
        }
    }
}

private struct CarelessModule: Module {
    static let manifest = Manifest(id: "careless", summary: "Forgets to say who may call its route")

    init(configuration: NoConfiguration) {}

    func register(in kernel: any Registrar) {
        kernel.route(.post, "/careless", Operation("Writes")) { _ in Response() }
    }
}
