/// The request that a task works for, where somebody observes the service: see `Registrar.whenStored`.
public struct RequestScope: Sendable {
    public let id: RequestID
    /// Where the request stands in a distributed trace, if its client told.
    public let trace: TraceContext?

    public init(id: RequestID, trace: TraceContext?) {
        self.id = id
        self.trace = trace
    }

    /// nil outside of requests, and where nobody observes.
    @TaskLocal public static var current: RequestScope?
}
