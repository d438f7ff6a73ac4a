import Kernel
import KernelTesting
import Synchronization
import Testing

@Suite("Reading the configuration again")
struct ReloadTests {
    /// Runs a service with one configuration, has it read another, and gives the changes and the messages of the log.
    private func reload(
        _ before: String, _ others: String..., body: (TestClient, [ConfigurationChange]) async throws -> Void
    ) async throws -> [String] {
        let log = LogRecorder()
        let environment = testEnvironment().merging(["JOB_SERVICE_STORAGE__URL": "recording:"]) { $1 }
        try await withApplication(
            modules: [WordModule.self], drivers: [RecordingDriver.self], configuration: before,
            environment: environment, transport: .liveSocket, log: log
        ) { client in
            for other in others {
                let configuration = Configuration(yaml: other, environment: environment)
                do {
                    let assembly = try Assembly(
                        modules: [WordModule.self], drivers: [RecordingDriver.self],
                        configuration: configuration, log: Logger("test", sink: log))
                    try await body(client, client.application.reload(assembly))
                } catch let failure as BootFailure {
                    client.application.refuseReload(failure)
                    try await body(client, [])
                }
            }
        }
        return log.messages
    }

    @Test("tells each key that changed, and puts in force what can be")
    func changes() async throws {
        let messages = try await reload(
            "http: {limits: {body: 10}}\nmodules: {word: {word: one}}",
            "http: {limits: {body: 3}, readOnly: true}\nmodules: {word: {word: two, fixed: 2, code: s3cret}}"
        ) { client, changes in
            #expect(
                Dictionary(uniqueKeysWithValues: changes.map { ($0.path, $0.isReloadable) }) == [
                    "http.limits.body": true, "http.readOnly": false, "modules.word.word": true,
                    "modules.word.fixed": false, "modules.word.code": true,
                ])
            let word = try await client.get("/word")
            #expect(word.text == "two 1")
            let large = try await client.post("/word", ["a": 1])
            #expect(large.status == 413)
        }
        for line in [
            #"configuration: http.limits.body: "10 B" -> "3 B" (config.yaml:1:23), in force now"#,
            #"configuration: http.readOnly: "false" -> "true" (config.yaml:1:37), needs a restart"#,
            "configuration: modules.word.code: changed (config.yaml:2:45), in force now",
            "configuration read again: 3 changes in force, 2 that need a restart",
        ] {
            #expect(messages.contains(line), "\(line)")
        }
        #expect(!messages.contains { $0.contains("s3cret") })
    }

    @Test("tells what needs a restart again and again, and what is in force once")
    func again() async throws {
        let other = "http: {readOnly: true}\nmodules: {word: {word: two}}"
        let messages = try await reload("", other, other, "") { _, _ in }
        #expect(messages.filter { $0.hasPrefix("configuration: http.readOnly") }.count == 2)
        #expect(messages.filter { $0.hasPrefix("configuration: modules.word.word") }.count == 2, "there and back")
        #expect(messages.contains("configuration read again: 1 changes in force, 0 that need a restart"))
    }

    @Test("refuses a bad configuration with all that is wrong with it, and goes on with the one before")
    func refusal() async throws {
        let messages = try await reload(
            "modules: {word: {word: one}}", "http: {limits: {body: lots}, bogus: 1}\nmodules: {word: {word: two}}"
        ) { client, _ in
            let word = try await client.get("/word")
            #expect(word.text == "one 1")
            let ready = try await client.get("/health/ready")
            #expect(ready.status == 200)
        }
        #expect(
            messages.contains { $0.hasPrefix("configuration: http.limits.body:") && $0.contains("config.yaml:1:23") })
        #expect(messages.contains { $0.hasPrefix("configuration: unknown key 'http.bogus', at config.yaml:1:30; ") })
        #expect(messages.contains("the configuration is refused for 2 problems; the one before stays in force"))
    }

    @Test("lets pages of newly trusted origins write")
    func origins() async throws {
        _ = try await reload("", "http: {trustedOrigins: [https://a.example]}") { client, changes in
            #expect(changes.map(\.path) == ["http.trustedOrigins"])
            let reply = try await client.post("/word", [:], headers: ["Origin": "https://a.example"])
            #expect(reply.status == 200)
            let other = try await client.post("/word", [:], headers: ["Origin": "https://b.example"])
            #expect(other.status == 403)
        }
    }

    @Test("a value that is replaced while others read it is always a whole one")
    func torn() async {
        let value = Reloadable([0, 0])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10_000 {
                        let pair = value.value
                        #expect(pair[0] == pair[1])
                    }
                }
            }
            for number in 0..<200 { value.replace(by: [number, number]) }
        }
    }
}

/// Says a word that can change, and a number that cannot.
private struct WordModule: Module {
    static let manifest = Manifest(id: "word", summary: "Says a word")

    struct Configuration: ModuleConfiguration {
        let word: String
        let fixed: Int

        init(reading section: ConfigurationSection) {
            word = section.reloadable.string("word", default: "none", "A word to say")
            _ = section.reloadable.secret("code", "A secret")
            fixed = section.integer("fixed", default: 1, in: 0...9, "A number that stays")
        }
    }

    let configuration: Configuration

    func register(in kernel: any Registrar) {
        let word = Reloadable(configuration.word)
        kernel.reload { (changed: Configuration) in word.replace(by: changed.word) }
        kernel.route(.get, "/word", Operation("Says a word", access: .anyone)) { [configuration] _ in
            Response(contentType: .text, body: .bytes(Array("\(word.value) \(configuration.fixed)".utf8)))
        }
        kernel.route(.post, "/word", Operation("Takes anything", access: .anyone)) { _ in Response() }
    }
}
