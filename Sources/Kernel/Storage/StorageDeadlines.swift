/// How long a request's transactions are tried by default, whatever stands in their way: a server that fails over, a
/// file that another program holds, a disk that is full. Then `StoreError.unavailable` is thrown.
///
/// A read is soon asked for again. A write is not, by any client there is, and what it tells of is lost with it; it
/// waits for longer than a fail-over takes. Both end before `http.deadlines.handler`.
public enum StorageDeadlines {
    public static let read = Duration.seconds(5)
    public static let write = Duration.seconds(25)

    @TaskLocal private static var end: ContinuousClock.Instant?

    /// Runs `body`, whose transactions together are tried no longer than one alone: for a request that needs several.
    /// - Parameter limit: from now on, for all of them.
    public static func sharing<R: Sendable>(_ limit: Duration = write, _ body: () async throws -> R) async rethrows -> R
    {
        let limit = ContinuousClock.Instant.now + limit
        return try await $end.withValue(min(limit, end ?? limit), operation: body)
    }

    /// Until when a transaction that begins now is to be tried. For drivers.
    /// - Parameter limit: for it alone.
    public static func end(after limit: Duration) -> ContinuousClock.Instant {
        let limit = ContinuousClock.Instant.now + limit
        return end.map { min($0, limit) } ?? limit
    }
}
