import Kernel
import KernelTesting
import Testing

@Suite("Where values come from")
struct ConfigurationSourceTests {
    private static let yaml = """
        http:
          port: 1001
          trustedOrigins: [https://file.example]
        stacks:
          qa:
            http:
              port: 1002
          prod:
            http: {port: 1003, trustedOrigins: []}
        """

    private static func port(_ environment: [String: String]) -> (Int, String?) {
        let configuration = Configuration(yaml: yaml, environment: environment)
        let sample = SampleConfiguration(reading: configuration.root)
        #expect(configuration.finish().isEmpty)
        return (sample.port, configuration.keys.first { $0.path == "http.port" }?.origin.description)
    }

    @Test("the file wins over the default")
    func file() { #expect(Self.port([:]) == (1001, "config.yaml:2:9")) }

    @Test("the stack's overlay wins over the file", arguments: ["STACK", "JOB_SERVICE_SERVICE__STACK"])
    func overlay(_ variable: String) { #expect(Self.port([variable: "qa"]) == (1002, "config.yaml:7:13")) }

    @Test("the environment wins over the overlay")
    func environment() {
        #expect(
            Self.port(["STACK": "qa", "JOB_SERVICE_HTTP__PORT": "1004"])
                == (1004, "environment variable JOB_SERVICE_HTTP__PORT"))
    }

    @Test("a stack without an overlay has the file's values")
    func noOverlay() { #expect(Self.port(["STACK": "elsewhere"]).0 == 1001) }

    @Test(
        "a stack that is named and has no overlay is a warning that names those that there are",
        arguments: [
            (["STACK": "elsewhere"], "name one of them, or write 'elsewhere: {}' below 'stacks:'"),
            (["STACK": "QA"], #"did you mean "qa"?"#), (["STACK": "pord"], #"did you mean "prod"?"#),
            (["JOB_SERVICE_SERVICE__STACK": "xy"], "name one of them, or write 'xy: {}'"),
        ])
    func unknownStack(environment: [String: String], remedy: String) throws {
        let configuration = Configuration(yaml: Self.yaml, environment: environment)
        let warning = try #require(configuration.warnings.first)
        let (variable, stack) = try #require(environment.first)
        #expect(warning.what == "the stack \"\(stack)\" has no overlay (there are qa, prod)")
        #expect(warning.origin == "environment variable \(variable)")
        #expect(warning.remedy?.hasPrefix(remedy) == true)
        _ = SampleConfiguration(reading: configuration.root)
        #expect(configuration.finish().isEmpty)
    }

    @Test("a stack that is not named, or has an overlay, or of which no file knows anything, is no warning")
    func knownStack() {
        #expect(Configuration(yaml: Self.yaml).warnings.isEmpty)
        #expect(Configuration(yaml: Self.yaml, environment: ["STACK": "qa"]).warnings.isEmpty)
        #expect(Configuration(yaml: "stacks: {qa: }", environment: ["STACK": "qa"]).warnings.isEmpty)
        #expect(Configuration(yaml: "http: {}", environment: ["STACK": "elsewhere"]).warnings.isEmpty)
        #expect(Configuration(yaml: "stacks: {}", environment: ["STACK": "elsewhere"]).warnings.isEmpty)
    }

    @Test("the prefixed name of the stack wins over STACK, and both over the file")
    func stack() {
        let yaml = "service: {stack: qa}\n" + Self.yaml
        #expect(Configuration(yaml: yaml).service.stack == "qa")
        #expect(SampleConfiguration.reading(yaml).0.port == 1002)
        #expect(SampleConfiguration.reading(yaml, ["STACK": "prod"]).0.port == 1003)
        let both = ["STACK": "qa", "JOB_SERVICE_SERVICE__STACK": "prod"]
        #expect(SampleConfiguration.reading(yaml, both).0.port == 1003)
    }

    @Test("an overlay's list replaces the file's")
    func list() {
        #expect(SampleConfiguration.reading(Self.yaml).0.origins == ["https://file.example"])
        #expect(SampleConfiguration.reading(Self.yaml, ["STACK": "prod"]).0.origins.isEmpty)
    }

    @Test("a README variable wins over the file, and the prefixed name over both")
    func readme() {
        let yaml = "storage: {url: 'sqlite:file.db'}"
        #expect(SampleConfiguration.reading(yaml, ["MONGODB_URL": "mongodb://h"]).0.url == "mongodb://h")
        let both = ["MONGODB_URL": "mongodb://h", "JOB_SERVICE_STORAGE__URL": "sqlite:other.db"]
        #expect(SampleConfiguration.reading(yaml, both).0.url == "sqlite:other.db")
    }

    @Test("an empty README variable is unset, an empty prefixed one is a value")
    func empty() {
        let yaml = "storage: {url: 'sqlite:file.db'}"
        #expect(SampleConfiguration.reading(yaml, ["MONGODB_URL": ""]).0.url == "sqlite:file.db")
        #expect(SampleConfiguration.reading(yaml, ["JOB_SERVICE_STORAGE__URL": ""]).0.url.isEmpty)
    }

    @Test("the service's own section knows the README's variables")
    func service() {
        let service = Configuration(environment: ["COMMIT_ID": "0abc", "DOCKER_HOST_NAME": "node-1"]).service
        #expect(service.stack == "local")
        #expect(service.commit == "0abc")
        #expect(service.hostName == "node-1")
    }

    @Test("a value of the file that something overrides is not expanded")
    func overriddenExpansion() {
        let (sample, issues) = SampleConfiguration.reading(
            "http: {port: '${NOT_SET}'}", ["JOB_SERVICE_HTTP__PORT": "80"])
        #expect(issues.isEmpty)
        #expect(sample.port == 80)
    }

    @Test(
        "variables are expanded in the file's scalars",
        arguments: [
            ("${A}", "one"), ("x${A}y${A}z", "xoneyonez"), ("${NONE:-two}", "two"), ("${EMPTY:-two}", "two"),
            ("${EMPTY}!", "!"), ("${NONE:-}!", "!"), ("$${A}", "${A}"), ("$$", "$"), ("a$b", "a$b"), ("5$", "5$"),
            ("${A:-x}", "one"), ("${NONE:-a:-b}", "a:-b"), ("${TWICE}", "${A}"), ("$$$${A}", "$${A}"),
            ("$$${A}", "$one"),
        ])
    func expansion(_ text: String, _ expected: String) {
        let (sample, issues) = SampleConfiguration.reading(
            "http: {host: '\(text)'}", ["A": "one", "EMPTY": "", "TWICE": "${A}"])
        #expect(issues.isEmpty)
        #expect(sample.host == expected)
    }

    @Test("an expanded value may be of any type, quoted or not")
    func expandedTypes() {
        let (sample, issues) = SampleConfiguration.reading(
            "http: {port: \"${PORT}\", trustedOrigins: [\"${ORIGIN}\"]}\nmodules: {jobs: {bumpEnabled: \"${B:-yes}\"}}",
            ["PORT": "81", "ORIGIN": "https://a.example"])
        #expect(issues.isEmpty)
        #expect(sample.port == 81)
        #expect(sample.origins == ["https://a.example"])
        #expect(sample.bumpEnabled)
    }

    @Test("a value of the environment is taken as it is")
    func environmentIsNotExpanded() {
        #expect(SampleConfiguration.reading("", ["MONGODB_URL": "a$${B}", "B": "x"]).0.url == "a$${B}")
    }
}
