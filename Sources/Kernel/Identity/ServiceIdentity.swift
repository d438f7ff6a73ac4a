/// Who a running service is, as `/version` and every log line tell.
public struct ServiceIdentity: Sendable, Hashable {
    public let service: String
    public let version: String
    /// COMMIT_ID.
    public let commit: String
    /// STACK.
    public let stack: String
    /// DOCKER_HOST_NAME.
    public let host: String

    public init(service: String, version: String, commit: String, stack: String, host: String) {
        self.service = service
        self.version = version
        self.commit = commit
        self.stack = stack
        self.host = host
    }
}
