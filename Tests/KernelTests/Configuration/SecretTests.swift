import Kernel
import KernelTesting
import Testing

@Suite("Secrets")
struct SecretTests {
    private static let password = "hunter2-Hörnchen"

    @Test("come from the environment, then the secrets file, then the configuration file")
    func precedence() throws {
        let file = try TemporaryFile(#"{"MONGODB_USER": "file", "MONGODB_PASSWORD": "from-secrets", "OTHER": 1}"#)
        let yaml = "service: {secretsFile: '\(file.path)'}\nstorage: {password: from-yaml}"
        let (sample, issues) = SampleConfiguration.reading(yaml)
        #expect(issues.isEmpty)
        #expect(sample.user == "file")
        #expect(sample.password?.reveal() == "from-secrets")
        let stronger = SampleConfiguration.reading(yaml, ["MONGODB_PASSWORD": "from-environment", "MONGODB_USER": ""])
        #expect(stronger.0.password?.reveal() == "from-environment")
        #expect(stronger.0.user == "file")
        #expect(SampleConfiguration.reading("storage: {password: from-yaml}").0.password?.reveal() == "from-yaml")
    }

    @Test("a byte order mark before the secrets file does no harm")
    func byteOrderMark() throws {
        let file = try TemporaryFile("\u{feff}{\"API_KEYS\": [\"one\"], \"API_\u{212a}EY\": \"lookalike\"}")
        let (sample, issues) = SampleConfiguration.reading("", ["SECRETS_FILE": file.path])
        #expect(issues.isEmpty)
        #expect(sample.apiKeys.map { $0.reveal() } == ["one"])
    }

    @Test("a list and a single key add to each other")
    func keys() throws {
        let file = try TemporaryFile(#"{"API_KEYS": ["one", "two"], "API_KEY": "three"}"#)
        let (sample, issues) = SampleConfiguration.reading("", ["SECRETS_FILE": file.path])
        #expect(issues.isEmpty)
        #expect(sample.apiKeys.map { $0.reveal() } == ["one", "two", "three"])
        let environment = ["SECRETS_FILE": file.path, "API_KEYS": "four, five"]
        #expect(
            SampleConfiguration.reading("", environment).0.apiKeys.map { $0.reveal() } == ["four", "five", "three"])
    }

    @Test("keys of the configuration file are read once however many variables there are")
    func keysOfTheFile() {
        let (sample, issues) = SampleConfiguration.reading("modules: {authentication: {apiKeys: [one, two]}}")
        #expect(issues.isEmpty)
        #expect(sample.apiKeys.map { $0.reveal() } == ["one", "two"])
    }

    @Test("an empty key opens no door")
    func emptyKey() {
        let (sample, issues) = SampleConfiguration.reading("modules:\n  authentication:\n    apiKeys: ['', one]")
        #expect(sample.apiKeys.map { $0.reveal() } == ["one"])
        #expect(
            issues.map(line) == [
                "modules.authentication.apiKeys: holds an empty secret — config.yaml:3:14 — remove it from the list"
            ])
    }

    @Test(
        "a member that is no secret is a problem that does not show it",
        arguments: ["12345", #""""#, #"["a", 12345]"#, #"[""]"#, #"{"a": "12345"}"#, "true"])
    func member(_ json: String) throws {
        let file = try TemporaryFile("{\"MONGODB_PASSWORD\": \(json)}")
        let (sample, issues) = SampleConfiguration.reading("", ["SECRETS_FILE": file.path])
        #expect(sample.password == nil)
        #expect(
            issues.map(line) == [
                "MONGODB_PASSWORD in the secrets file must be a string or a list of strings, none of them empty"
                    + " — \(file.path), member MONGODB_PASSWORD"
                    + " — put the value in double quotes, or remove the member"
            ])
    }

    @Test("a secrets file that is not valid JSON is a problem at its place, without its content")
    func malformed() throws {
        let file = try TemporaryFile("{\n  \"MONGODB_PASSWORD\": hunter2\n}")
        let (_, issues) = SampleConfiguration.reading("", ["SECRETS_FILE": file.path])
        #expect(
            issues.map(line) == [
                "secrets file '\(file.path)' is not valid JSON — \(file.path):2:23 — correct the JSON at this place"
            ])
    }

    @Test("a secrets file that is no object is a problem")
    func noObject() throws {
        let file = try TemporaryFile("[]")
        let (_, issues) = SampleConfiguration.reading("", ["SECRETS_FILE": file.path])
        #expect(
            issues.map(line) == [
                "secrets file '\(file.path)' is not a JSON object — \(file.path):1:1"
                    + #" — write it as {"MONGODB_PASSWORD": "…"}"#
            ])
    }

    @Test("a secrets file that is not there is a problem that names the variable")
    func missing() {
        let (_, issues) = SampleConfiguration.reading("", ["SECRETS_FILE": "/nonexistent.json"])
        #expect(
            issues.map(line) == [
                "secrets file '/nonexistent.json' does not exist — environment variable SECRETS_FILE"
                    + " — create it, or correct its path"
            ])
    }

    @Test("a secrets file that others can read is a warning", arguments: [0o640, 0o604] as [UInt32])
    func shared(_ permissions: UInt32) throws {
        let file = try TemporaryFile("{}", permissions: permissions)
        let configuration = Configuration(environment: ["SECRETS_FILE": file.path])
        #expect(configuration.finish().isEmpty)
        #expect(
            configuration.warnings.map(line) == [
                "secrets file '\(file.path)' can be read by other users — environment variable SECRETS_FILE"
                    + " — chmod 600 \(file.path)"
            ])
    }

    @Test("are in no description, dump, listing, guide or problem")
    func neverShown() throws {
        let secret = Self.password
        let file = try TemporaryFile(#"{"API_KEYS": ["\#(secret)"]}"#)
        let configuration = Configuration(
            yaml: """
                storage:
                  url: mongodb://me:\(secret)@host/db
                  password: \(secret)
                modules: {jobs: {bumpEnabled: "mongodb://me:\(secret)@host"}}
                """,
            environment: [
                "SECRETS_FILE": file.path, "MONGODB_PASSWORD": secret, "JOB_SERVICE_STORAGE_PASSWORD": secret,
            ])
        let sample = SampleConfiguration(reading: configuration.root)
        let password = try #require(sample.password)
        #expect(password.reveal() == secret)
        #expect(sample.apiKeys.map { $0.reveal() } == [secret])
        let issues = configuration.finish()
        #expect(issues.count == 2)
        var shown = ""
        dump(configuration, to: &shown)
        dump(configuration.root, to: &shown)
        dump(password, to: &shown)
        dump(sample.apiKeys, to: &shown)
        dump(configuration.keys, to: &shown)
        for value in [password, sample.apiKeys, configuration, configuration.root, issues] as [Any] {
            print(value, String(describing: value), String(reflecting: value), "\(value)", to: &shown)
        }
        shown += configuration.listing + configuration.guide
        #expect(!shown.contains("hunter2"))
        #expect(configuration.listing.contains("storage.password: ***"))
        #expect(configuration.listing.contains("storage.url: mongodb://***@host/db"))
    }

    @Test(
        "are hidden in a URL that is misspelt or not escaped as well",
        arguments: [
            "mongodb:/me:hunter2@host/db", "mongodb:me:hunter2@host/db", "me:hunter2@host/db", "//me:hunter2@host/db",
            "mongodb://me:hunter2@://", "mongodb://host/db?tlsCertificateKeyFilePassword=a?hunter2",
            "https://host/keys?v=1&api_key=hunter2",
        ])
    func misspelt(_ url: String) {
        let configuration = Configuration(yaml: "storage: {url: '\(url)'}")
        _ = SampleConfiguration(reading: configuration.root)
        #expect(configuration.listing.contains("***"))
        #expect(!configuration.listing.contains("hunter2"))
    }

    @Test("a path with an @ in it is shown")
    func path() {
        let configuration = Configuration(yaml: "storage: {url: 'sqlite:/srv/a@b/jobs.db'}")
        _ = SampleConfiguration(reading: configuration.root)
        #expect(configuration.listing.contains("sqlite:/srv/a@b/jobs.db"))
    }
}
