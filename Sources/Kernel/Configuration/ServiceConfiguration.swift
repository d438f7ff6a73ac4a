/// The section `service`: what this instance is called, and where its secrets are.
public struct ServiceConfiguration: Sendable {
    /// Chooses the overlay `stacks.<stack>`.
    public private(set) var stack = "local"
    /// The commit that was built; on every log line and at `/version`.
    public private(set) var commit: String?
    /// The name of the machine that runs the container; on every log line.
    public private(set) var hostName: String?
    /// The path of the secrets file.
    public private(set) var secretsFile: String?

    init() {}

    mutating func readStack(_ section: ConfigurationSection) {
        stack = section.string(
            "stack", default: stack, variable: "STACK", "The stack this instance belongs to; chooses its overlay")
    }

    mutating func readRest(_ section: ConfigurationSection) {
        commit = section.string("commit", variable: "COMMIT_ID", "The commit that was built")
        hostName = section.string("hostName", variable: "DOCKER_HOST_NAME", "The name of the container's host")
        secretsFile = section.string(
            "secretsFile", variable: "SECRETS_FILE",
            "A JSON file holding MONGODB_USER, MONGODB_PASSWORD and API_KEYS, where the environment does not")
        if secretsFile?.isEmpty == true { secretsFile = nil }
    }
}
