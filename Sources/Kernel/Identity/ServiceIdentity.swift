/// Who a running service is, as `/version` and every log line tell.
public struct ServiceIdentity: Sendable, Hashable {
    public let product: Product
    /// COMMIT_ID.
    public let commit: String
    /// STACK.
    public let stack: String
    /// DOCKER_HOST_NAME.
    public let host: String

    public var service: String { product.name }
    public var version: String { product.version }

    public init(_ product: Product, commit: String, stack: String, host: String) {
        self.product = product
        self.commit = commit
        self.stack = stack
        self.host = host
    }
}
