import Authentication
import Jobs
import Kernel
import KernelTesting
import StorageSQLite

/// A service with the jobs and authentication modules, beside the issuer of its tokens.
struct AuthenticationFixture: Sendable {
    let issuer: TokenIssuer
    let keySet: KeySetServer
    let client: TestClient
    let log: LogRecorder

    static let body: JSON = ["jobs": [["operation": "ADD", "target": "MY_DATASET"]]]

    /// Posts a job with these cookies.
    func post(_ authorization: String?, _ userInfo: String?) async throws -> TestResponse {
        let cookies = [authorization.map { "authorization=\($0)" }, userInfo.map { "user-info=\($0)" }]
        return try await post(cookie: cookies.compactMap { $0 }.joined(separator: "; "))
    }

    func post(cookie: String) async throws -> TestResponse {
        try await client.post("/jobs", Self.body, headers: cookie.isEmpty ? [:] : ["Cookie": cookie])
    }

    /// Posts a job as a data administrator with good tokens.
    func postAsAdministrator() async throws -> TestResponse {
        try await post(issuer.authorization(), issuer.userInfo())
    }

    static func keySet(_ issuer: TokenIssuer) -> [JSON] { [issuer.key.jwk(id: "key-1")] }
}

/// Runs a service for the time of `body`.
/// - Parameters:
///   - keys: what the issuer does; by default it publishes `key-1`.
///   - modules: beside jobs and authentication.
func withAuthentication<R: Sendable>(
    _ keys: ((TokenIssuer) -> KeySetServer.Behaviour)? = nil, modules: [any Module.Type] = [],
    configuration: String = "", environment: [String: String] = [:], transport: TestClient.Transport = .liveSocket,
    _ body: (AuthenticationFixture) async throws -> R
) async throws -> R {
    let issuer = try TokenIssuer.shared.get()
    let keySet = try KeySetServer(keys?(issuer) ?? .keys(AuthenticationFixture.keySet(issuer)))
    let log = LogRecorder()
    let defaults = ["JOB_SERVICE_STORAGE__URL": "sqlite::memory:", "JWKS_URL": keySet.url]
    do {
        let result = try await withApplication(
            modules: [JobsModule.self, AuthenticationModule.self] + modules,
            drivers: [SQLiteDriver.self],
            configuration: configuration, environment: defaults.merging(environment) { $1 }, transport: transport,
            log: log
        ) { client in
            try await body(AuthenticationFixture(issuer: issuer, keySet: keySet, client: client, log: log))
        }
        await keySet.stop()
        return result
    } catch {
        await keySet.stop()
        throw error
    }
}

extension TestResponse {
    /// The message of an error.
    var message: String? { (try? json)?["message"]?.string }
    var code: String? { (try? json)?["code"]?.string }
}
