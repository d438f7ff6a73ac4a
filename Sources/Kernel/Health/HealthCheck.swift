/// A condition of readiness: something without which the service cannot do its work.
public struct HealthCheck: Sendable {
    public let name: String
    /// A check that takes longer has failed.
    public let timeout: Duration
    /// Returns if all is well; throws what is wrong, in words for an operator.
    public let run: @Sendable () async throws -> Void

    public init(_ name: String, timeout: Duration = .seconds(2), run: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.timeout = timeout
        self.run = run
    }
}

/// What a failed check says.
public struct Unhealthy: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
