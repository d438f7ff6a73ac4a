import Console
import Kernel
import KernelTesting
import Testing

@Suite("Who may do what on the console")
struct ConsoleRoleTests {
    private static let holders: [String: [Role]] = ["worker": [.service], "boss": [.operator], "watcher": [.viewer]]

    /// What is on pages for whom: a job's buttons, the switch, the level of the log.
    private struct Offer: Equatable {
        var posts = false
        var fails = false
        var pauses = false
        var configures = false
    }

    private func offer(_ client: TestClient, _ id: String, _ headers: [String: String]) async throws -> Offer {
        let job = try await client.page("/console/jobs/\(id)", headers: headers)
        let maintenance = try await client.page("/console/maintenance", headers: headers)
        let system = try await client.page("/console/system", headers: headers)
        return Offer(
            posts: job.contains("Use as template"), fails: job.contains(">Fail…<"),
            pauses: maintenance.contains("id=\"switch\""), configures: system.contains("Set the level"))
    }

    /// Logs in with a key, as a browser does.
    private func session(_ client: TestClient, _ headers: [String: String]) async throws -> [String: String] {
        let key = try #require(headers["X-API-Key"])
        let reply = try await client.form("/console/login", ["key": key])
        #expect(try reply.next(after: "/console/login") == "/console?done=logged-in")
        let cookie = try #require(reply.headers["Set-Cookie"])
        #expect(cookie.hasSuffix("; HttpOnly; SameSite=Strict") && !cookie.contains(key))
        return ["Cookie": String(cookie.prefix { $0 != ";" })]
    }

    @Test("nobody sees a button that would be refused")
    func roles() async throws {
        try await withLogins(Self.holders) { logins in
            try await withConsole(environment: logins.environment) { client in
                let job: JSON = ["jobs": [SampleJob.add("A_SET")]]
                let posted = try await client.post("/jobs", job, headers: logins.administrator())
                let id = try #require(try posted.json.array?.first?["job_id"]?.string)
                let all = Offer(posts: true, fails: true, pauses: true, configures: true)
                #expect(try await offer(client, id, logins.administrator()) == all)
                #expect(try await offer(client, id, [:]) == Offer())
                let worker = try await session(client, logins.service("worker"))
                #expect(try await offer(client, id, worker) == Offer(fails: true, pauses: true))
                let boss = try await session(client, logins.service("boss"))
                #expect(try await offer(client, id, boss) == Offer(pauses: true, configures: true))
                let watcher = try await session(client, logins.service("watcher"))
                #expect(try await offer(client, id, watcher) == Offer())
                #expect(try await client.page("/console", headers: worker).contains(">worker</bdi>"))
                #expect(try await client.page("/console", headers: watcher).contains("a key that only looks"))

                // A form that is sent all the same is refused, and says so where it was.
                let refused = try await client.form(
                    "/console/jobs/\(id)/fail", ["reason": "I may not"], headers: watcher)
                #expect(refused.status == 403 && refused.text.contains("Forbidden."))
                #expect(refused.text.contains("I may not"))
                let done = try await client.form("/console/jobs/\(id)/fail", ["reason": "I may"], headers: worker)
                #expect(done.status == 303)
            }
        }
    }

    @Test("whoever's login has ended meanwhile loses nothing of what they have filled in")
    func expired() async throws {
        try await withLogins { logins in
            try await withConsole(
                configuration: "console: {enabled: true, loginURL: \"https://login.example/in\"}",
                environment: logins.environment
            ) { client in
                let reply = try await client.form(
                    "/console/jobs/new",
                    ["key": "k", "operation": "ADD", "target": "A_SET", "description": "A long text"])
                #expect(reply.status == 401)
                #expect(reply.text.contains("No authorization token was provided"))
                #expect(reply.text.contains("A long text") && reply.text.contains("in another tab"))
                let page = try await client.page("/console/login")
                #expect(page.contains("href=\"https://login.example/in\"") && page.contains("type=\"password\""))
            }
        }
    }

    @Test("a key that is not known logs nobody in, and a session ends with its key and with its holder's wish")
    func sessions() async throws {
        try await withLogins(Self.holders) { logins in
            try await withConsole(environment: logins.environment) { client in
                let wrong = try await client.form("/console/login", ["key": "a key for tests of nobody"])
                #expect(wrong.status == 401 && wrong.headers["Set-Cookie"] == nil)
                let forged = ["Cookie": "console-session=" + String(repeating: "0", count: 64)]
                #expect(try await client.page("/console", headers: forged).contains(">Log in<"))
                let boss = try await session(client, logins.service("boss"))
                let out = try await client.form("/console/logout", [:], headers: boss)
                #expect(out.headers["Set-Cookie"]?.hasPrefix("console-session=; Max-Age=0") == true)
                let secure = try await client.form(
                    "/console/login", ["key": "a key for tests of boss"],
                    headers: ["Origin": "https://jobs.example", "Host": "jobs.example"])
                #expect(secure.headers["Set-Cookie"]?.hasSuffix("; Secure") == true)
            }
        }
        // It counts on every instance with the same keys.
        let cookie = try await withLogins(Self.holders) { logins in
            try await withConsole(environment: logins.environment) { try await session($0, logins.service("boss")) }
        }
        try await withLogins(["boss": [.operator]]) { logins in
            try await withConsole(environment: logins.environment) { client in
                let page = try await client.page("/console", headers: cookie)
                #expect(page.contains(">boss</bdi>"))
            }
        }
        try await withLogins(["other": [.operator]]) { logins in
            try await withConsole(environment: logins.environment) { client in
                let page = try await client.page("/console", headers: cookie)
                #expect(!page.contains(">boss</bdi>"))
            }
        }
    }

    @Test("only whoever runs the service sets the level of its log")
    func level() async throws {
        try await withLogins(Self.holders) { logins in
            try await withConsole(environment: logins.environment) { client in
                let worker = try await session(client, logins.service("worker"))
                let refused = try await client.form("/console/system", ["level": "debug"], headers: worker)
                #expect(refused.status == 403)
                let boss = try await session(client, logins.service("boss"))
                let odd = try await client.form("/console/system", ["level": "loud"], headers: boss)
                #expect(odd.status == 400 && odd.text.contains("level"))
                let done = try await client.form("/console/system", ["level": "debug"], headers: boss)
                #expect(try done.next(after: "/console/system") == "/console/system?done=level")
            }
        }
    }

    @Test("where authentication is off every page says so")
    func open() async throws {
        let banner = "Everybody who reaches this page may do everything on it."
        try await withConsole { client in
            for path in ["/console", "/console/jobs", "/console/system"] {
                let page = try await client.page(path)
                #expect(page.contains(banner))
            }
        }
        try await withLogins { logins in
            try await withConsole(environment: logins.environment) { client in
                let page = try await client.page("/console")
                #expect(!page.contains(banner))
            }
        }
    }
}
