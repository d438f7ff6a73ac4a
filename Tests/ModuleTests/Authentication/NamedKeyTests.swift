import Authentication
import Jobs
import Kernel
import KernelTesting
import Maintenance
import StorageSQLite
import Testing

@Suite("API keys with names and roles")
struct NamedKeyTests {
    private static let modules: [any Module.Type] = [MaintenanceModule.self, SheetsModule.self]
    private static let executor = "0123456789abcdef-executor"
    private static let deployer = "0123456789abcdef-$deployer$$"
    private static let auditor = "0123456789abcdef-auditor"
    private static let keys: JSON = [
        .string("plain"), ["name": "executor", "key": .string(executor)],
        ["name": "deployer", "key": .string(deployer), "roles": ["operator"]],
        ["name": "auditor", "key": .string(auditor), "roles": ["auditor", "viewer"]],
    ]

    /// What each role opens: a key's holder is admitted where one of its roles is named.
    private static let doors: [(method: Method, path: String, holders: Set<String>)] = [
        (.get, "/sheets", ["plain", executor, deployer, auditor, ""]),
        (.get, "/sheets/1", ["plain", executor, deployer, auditor]),
        (.post, "/sheets", [deployer]),
        (.put, "/sheets", [auditor]),
        (.delete, "/sheets/1", ["plain", executor, deployer]),
    ]

    @Test(
        "each opens what its roles open, and the rest is refused with the roles that it takes",
        arguments: TestClient.Transport.allCases)
    func roles(transport: TestClient.Transport) async throws {
        let environment = ["API_KEYS": Self.keys.text]
        try await withAuthentication(modules: Self.modules, environment: environment, transport: transport) { service in
            for door in Self.doors {
                for key in ["plain", Self.executor, Self.deployer, Self.auditor, ""] {
                    let reply = try await service.client.send(
                        door.method, door.path, headers: key.isEmpty ? [:] : ["X-API-Key": key])
                    let status = door.holders.contains(key) ? 200 : key.isEmpty ? 401 : 403
                    #expect(reply.status == status, "\(door.method) \(door.path) \(key)")
                    if status == 403 { #expect(reply.code == "access.role-missing") }
                    #expect(key.isEmpty || !reply.text.contains(key))
                }
            }
            let refused = try await service.client.delete("/sheets/1", headers: ["X-API-Key": Self.auditor])
            #expect(
                refused.message
                    == "Forbidden. This takes the role service, operator or administrator, which the caller "
                    + "does not have")
        }
    }

    @Test("tell handlers and the log who it was")
    func names() async throws {
        try await withAuthentication(modules: Self.modules, environment: ["API_KEYS": Self.keys.text]) { service in
            for (key, name) in [("plain", "key 1"), (Self.executor, "executor"), (Self.deployer, "deployer")] {
                let headers = ["X-API-Key": key, "X-Request-ID": name.replacing(" ", with: "-")]
                let reply = try await service.client.delete("/sheets/1", headers: headers)
                #expect(reply.text == "service \(name)")
                let line = try await service.log.entry { [id = headers["X-Request-ID"]] in
                    $0.access != nil && $0.requestID?.description == id
                }
                #expect(line.message == "responded to service \(name)")
            }
            for entry in service.log.entries { #expect(!"\(entry)".contains("0123456789abcdef")) }
        }
    }

    @Test("an operator's key pauses, and changes no job")
    func operators() async throws {
        try await withAuthentication(modules: Self.modules, environment: ["API_KEYS": Self.keys.text]) { service in
            let headers = ["X-API-Key": Self.deployer]
            let paused = try await service.client.post(
                "/maintenance-status", ["msg": "m", "paused": true], headers: headers)
            #expect(paused.status == 200)
            let update = try await service.client.put("/jobs/none", ["status": "queued"], headers: headers)
            #expect(update.status == 403)
        }
    }

    @Test("short ones of old are accepted, with a warning that does not show them")
    func short() async throws {
        try await withAuthentication(environment: ["API_KEYS": "old,one-that-is-long-enough"]) { service in
            let warnings = service.log.entries.filter { $0.logger == "authentication" && $0.level == .warning }
            #expect(
                warnings.map(\.message) == [
                    "the API key of service key 1 has fewer than 16 bytes and may be guessed; make a longer one: "
                        + "openssl rand -hex 24"
                ])
        }
    }

    private static let long = "a-key-that-is-long-enough"

    @Test(
        "what is wrong with one is told with its field, its place and what to do",
        arguments: [
            (#"[{"name": "a", "key": "short"}]"#, "[0].key: has 5 bytes, fewer than 16", "openssl rand -hex 24"),
            (#"[{"name": "a", "key": ""}]"#, "[0].key: is required", "give it a key"),
            (#"[{"name": "a"}]"#, "[0].key: is required", "give it a key"),
            (#"[""]"#, "[0]: is an empty key", "give it a key"),
            (#"[{"key": "\#(long)"}]"#, "[0].name: is required", "such as executor"),
            (
                #"[{"name": "a b", "key": "\#(long)"}]"#, "[0].name: cannot name the holder of a key in the log",
                "such as executor"
            ),
            (
                #"["x", {"name": "a", "key": "\#(long)"}, {"name": "a", "key": "\#(long)2"}]"#,
                "[2].name: is a, as modules.authentication.apiKeys[1] is called", "its own name"
            ),
            (
                #"[{"name": "a", "key": "\#(long)"}, {"name": "b", "key": "\#(long)"}]"#,
                "[1].key: is the same key as that of modules.authentication.apiKeys[0]", "a key of its own"
            ),
            (
                #"["\#(long)", {"name": "b", "key": "\#(long)"}]"#,
                "[1].key: is the same key as that of modules.authentication.apiKeys[0]", "a key of its own"
            ),
            (
                #"["\#(long)", "\#(long)"]"#, "[1]: is the same key as that of modules.authentication.apiKeys[0]",
                "a key of its own"
            ),
            (
                #"[{"name": "a", "key": "\#(long)", "roles": ["servant"]}]"#,
                #"[0].roles: "servant" is no role of this stack"#, "choose among viewer, operator, service, auditor"
            ),
            (#"[{"name": "a", "key": "\#(long)", "roles": []}]"#, "[0].roles: gives no role", "remove roles"),
            (
                #"[{"name": "a", "key": "\#(long)", "roles": ["administrator"]}]"#,
                "[0].roles: makes an administrator of a key", "write operator or service"
            ),
            (#"[["\#(long)"]]"#, ": must hold texts and objects, but element 0 is a list", "give each element"),
            (#"[{"name": "a""#, ": begins like a JSON list and is none", "write it as"),
        ])
    func problems(keys: String, problem: String, remedy: String) {
        let issues = issues(["API_KEYS": keys])
        #expect(issues.count == 1, "\(issues)")
        #expect(issues.first?.what.hasPrefix("modules.authentication.apiKeys\(problem)") == true, "\(issues)")
        #expect(issues.first?.origin == "environment variable API_KEYS")
        #expect(issues.first?.remedy?.contains(remedy) == true, "\(issues)")
        #expect(!"\(issues)".contains(Self.long))
    }

    @Test("an unknown key of an object is told, and nothing of it is shown in a listing")
    func unknownMember() {
        let keys = #"[{"name": "a", "key": "\#(Self.long)", "rolls": ["\#(Self.long)"]}]"#
        let issues = issues(["API_KEYS": keys])
        #expect(issues.map(\.what) == ["unknown key 'modules.authentication.apiKeys[0].rolls'"])
        let configuration = Configuration(yaml: "modules: {authentication: {apiKeys: \(keys)}}")
        #expect(self.issues(configuration).first?.origin?.hasPrefix("config.yaml:1:") == true)
        #expect(configuration.listing.contains("apiKeys: [***]"))
        #expect(!configuration.listing.contains(Self.long))
    }

    private func issues(_ environment: [String: String]) -> [BootIssue] {
        issues(Configuration(environment: environment.merging(["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"]) { $1 }))
    }

    private func issues(_ configuration: Configuration) -> [BootIssue] {
        do throws(BootFailure) {
            _ = try Assembly(
                modules: [AuthenticationModule.self, SheetsModule.self], drivers: [SQLiteDriver.self],
                configuration: configuration, log: Logger("test", sink: LogRecorder()))
            return []
        } catch {
            return error.issues
        }
    }
}
