import Kernel
import KernelTesting
import Testing

@Suite("Reading values")
struct ConfigurationValueTests {
    @Test(
        "an empty configuration has every default and no problem", arguments: ["", "# nothing\n", "---\n", "http:\n"])
    func defaults(_ yaml: String) {
        let (sample, issues) = SampleConfiguration.reading(yaml)
        #expect(issues.isEmpty)
        #expect(sample.port == 8000)
        #expect(sample.host == "127.0.0.1")
        #expect(sample.idle == .seconds(60))
        #expect(sample.password == nil)
        #expect(sample.apiKeys.isEmpty)
    }

    @Test("every type is read from the file")
    func types() {
        let yaml = """
            http:
              host: "::1"
              port: 9000
              allowUnauthenticated: True
              trustedOrigins: [https://a.example, 'https://b.example']
              limits: { body: 64 KiB }
              deadlines: { idle: 2m }
            storage: { url: sqlite:/x.db }
            paint: { colour: green }
            modules:
              jobs: { bumpEnabled: true }
            """
        let (sample, issues) = SampleConfiguration.reading(yaml)
        #expect(issues.isEmpty)
        #expect(sample.host == "::1")
        #expect(sample.port == 9000)
        #expect(sample.consent)
        #expect(sample.origins == ["https://a.example", "https://b.example"])
        #expect(sample.maximumBody == 65536)
        #expect(sample.idle == .seconds(120))
        #expect(sample.url == "sqlite:/x.db")
        #expect(sample.colour == .green)
        #expect(sample.bumpEnabled)
    }

    @Test("every type is read from the environment")
    func environment() {
        let (sample, issues) = SampleConfiguration.reading(
            "",
            [
                "JOB_SERVICE_HTTP__PORT": "9000", "JOB_SERVICE_HTTP__ALLOW_UNAUTHENTICATED": "YES",
                "JOB_SERVICE_HTTP__TRUSTED_ORIGINS": "https://a.example, https://b.example",
                "JOB_SERVICE_HTTP__LIMITS__BODY": "2 MiB", "JOB_SERVICE_HTTP__DEADLINES__IDLE": "1500ms",
                "JOB_SERVICE_PAINT__COLOUR": "blue", "BUMP_ENABLED": "True",
            ])
        #expect(issues.isEmpty)
        #expect(sample.port == 9000)
        #expect(sample.consent)
        #expect(sample.origins == ["https://a.example", "https://b.example"])
        #expect(sample.maximumBody == 2 << 20)
        #expect(sample.idle == .milliseconds(1500))
        #expect(sample.colour == .blue)
        #expect(sample.bumpEnabled)
    }

    @Test("a truth value is read from the same words in the file and in the environment")
    func words() {
        for (word, value) in [("yes", true), ("OFF", false), ("t", true), ("N", false), ("1", true), ("0", false)] {
            let environment = ["JOB_SERVICE_HTTP__ALLOW_UNAUTHENTICATED": word]
            let fromFile = SampleConfiguration.reading("modules:\n  jobs:\n    bumpEnabled: \(word)", environment)
            #expect(fromFile.1.isEmpty)
            #expect(fromFile.0.bumpEnabled == value)
            #expect(fromFile.0.consent == value)
        }
    }

    @Test("a span of no time needs no unit")
    func noTime() {
        let configuration = Configuration(yaml: "wait: 0")
        #expect(
            configuration.root.duration("wait", default: .seconds(1), in: .zero ... .seconds(9), "The wait") == .zero)
        #expect(configuration.problems.isEmpty)
    }

    @Test("a text keeps the spelling it has in the file", arguments: ["0123456", "1e5", "true", "1.10", "0x1F"])
    func spelling(_ text: String) {
        #expect(SampleConfiguration.reading("http:\n  host: \(text)").0.host == text)
    }

    @Test("a quoted empty text is a value")
    func emptyText() {
        let (sample, issues) = SampleConfiguration.reading("http: {host: ''}")
        #expect(issues.isEmpty)
        #expect(sample.host.isEmpty)
    }

    @Test("a byte order mark and Windows line ends do no harm")
    func windows() {
        let (sample, issues) = SampleConfiguration.reading("\u{feff}http:\r\n  port: 1\r\n")
        #expect(issues.isEmpty)
        #expect(sample.port == 1)
    }

    @Test("a section made without a configuration has the defaults")
    func standalone() {
        #expect(ConfigurationSection(path: "http").integer("port", default: 8000, in: 1...65535, "") == 8000)
    }

    @Test("a required text that is missing names how to give it")
    func required() {
        let configuration = Configuration()
        let section = configuration.root.section("modules").section("datasets")
        #expect(section.required("inputDirectory", variable: "INPUT_DIR", "Where datasets come in") == nil)
        #expect(
            configuration.finish().map(line) == [
                "modules.datasets.inputDirectory: is required — -"
                    + " — set INPUT_DIR, or modules.datasets.inputDirectory in the configuration file"
            ])
    }

    @Test("a module's own problem has the origin of the value")
    func ownProblem() {
        let configuration = Configuration(yaml: "storage:\n  url: foo:bar")
        _ = SampleConfiguration(reading: configuration.root)
        configuration.root.section("storage").problem(
            "url", "no driver serves the scheme 'foo'", remedy: "write sqlite:… or mongodb://…")
        #expect(
            configuration.finish().map(line) == [
                "storage.url: no driver serves the scheme 'foo' — config.yaml:2:8 — write sqlite:… or mongodb://…"
            ])
    }

    @Test("the keys of a disabled part are known, and nothing about them is a problem")
    func disabled() {
        let configuration = Configuration(yaml: "modules:\n  jobs:\n    enabled: false\n    size: abc\n    sise: 1")
        let jobs = configuration.root.section("modules").section("jobs")
        #expect(!jobs.boolean("enabled", default: true, "Whether jobs are served"))
        #expect(jobs.disabled.integer("size", default: 1, in: 0...9, "") == 1)
        jobs.disabled.problem("size", "never", remedy: "mind")
        #expect(configuration.finish().map(\.what) == ["unknown key 'modules.jobs.sise'"])
        #expect(configuration.keys.last?.isActive == false)
    }

    @Test("anything may stand in a part that is skipped")
    func skipped() {
        let configuration = Configuration(
            yaml: "storage:\n  sqlite:\n    a: {b: 1}", environment: ["JOB_SERVICE_STORAGE__SQLITE__A__C": "1"])
        configuration.root.section("storage").skip("sqlite")
        #expect(configuration.finish().isEmpty)
    }
}
