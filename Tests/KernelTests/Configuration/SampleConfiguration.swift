import Kernel
import KernelTesting

/// What a small service reads; the fixture of the configuration's tests.
struct SampleConfiguration {
    enum Colour: String, CaseIterable { case red, green, blue }

    let host: String
    let port: Int
    let consent: Bool
    let origins: [String]
    let maximumBody: Int
    let idle: Duration
    let url: String
    let user: String?
    let password: Secret?
    let colour: Colour
    let bumpEnabled: Bool
    let jwksURL: String?
    let apiKeys: [Secret]

    init(reading root: ConfigurationSection) {
        let http = root.section("http", "The HTTP server")
        host = http.string("host", default: "127.0.0.1", "The address to listen on")
        port = http.integer("port", default: 8000, in: 1...65535, "The port to listen on")
        consent = http.boolean("allowUnauthenticated", default: false, "Consent to serve everyone")
        origins = http.strings("trustedOrigins", "Origins of browsers that may write")
        let limits = http.section("limits")
        maximumBody = limits.bytes("body", default: 1 << 20, in: 1024...(1 << 30), "The largest request body")
        let deadlines = http.section("deadlines")
        idle = deadlines.duration("idle", default: .seconds(60), in: .seconds(1)...(.seconds(3600)), "Between requests")
        let storage = root.section("storage", "The database")
        url = storage.string("url", default: "sqlite:./data/job-service.db", variable: "MONGODB_URL", "Which database")
        user = storage.string("user", variable: "MONGODB_USER", "The database user")
        password = storage.secret("password", variable: "MONGODB_PASSWORD", "The user's password")
        colour = root.section("paint").choice("colour", default: .red, "Of the bicycle shed")
        let jobs = root.section("modules").section("jobs", "Jobs")
        bumpEnabled = jobs.boolean("bumpEnabled", default: false, variable: "BUMP_ENABLED", "Whether BUMP is allowed")
        let authentication = root.section("modules").section("authentication", "Who may do what")
        jwksURL = authentication.string("jwksURL", variable: "JWKS_URL", "Where the keys are")
        apiKeys = authentication.secrets("apiKeys", variables: ["API_KEYS", "API_KEY"], "Keys of machines")
    }

    /// Reads a text, which must be without problems.
    static func reading(_ yaml: String, _ environment: [String: String] = [:]) -> (Self, [BootIssue]) {
        let configuration = Configuration(yaml: yaml, environment: environment)
        let sample = Self(reading: configuration.root)
        return (sample, configuration.finish())
    }
}

/// An issue as the tables of the tests have it: what — origin — remedy.
func line(_ issue: BootIssue) -> String {
    "\(issue.what) — \(issue.origin ?? "-") — \(issue.remedy ?? "-")"
}
