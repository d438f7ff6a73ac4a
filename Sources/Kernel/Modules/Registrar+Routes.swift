// The usual routes. Each reads its inputs before its handler, which gets them behind the request:
//
//     kernel.get("/notes/{noteId}", .getNote, .path("noteId")) { _, id in try await register.find(id) }
extension Registrar {
    /// - Parameters:
    ///   - shown: the collections that the answers show, if they show nothing else: they are then given again, without
    ///     the handler, as long as the store knows that nothing in these has changed.
    ///   - atOnce: what is tried first, if it is there: answers what it can without waiting, and returns nil otherwise.
    @inlinable
    public func get<each I: Sendable, Result: ResponseGenerator>(
        _ pattern: RoutePattern, aliases: [Alias] = [], _ operation: Operation, showing shown: [Collection]? = nil,
        _ input: repeat Input<each I>, atOnce: (@Sendable (Request, repeat each I) throws -> Result?)? = nil,
        handler: @escaping @Sendable (Request, repeat each I) async throws -> Result
    ) {
        let made = Route(.get, pattern, operation, repeat each input, atOnce: atOnce, handler: handler)
        route(made.showing(shown), aliases: aliases)
    }

    @inlinable
    public func post<each I: Sendable, Result: ResponseGenerator>(
        _ pattern: RoutePattern, aliases: [Alias] = [], _ operation: Operation, _ input: repeat Input<each I>,
        handler: @escaping @Sendable (Request, repeat each I) async throws -> Result
    ) {
        route(Route(.post, pattern, operation, repeat each input, handler: handler), aliases: aliases)
    }

    @inlinable
    public func put<each I: Sendable, Result: ResponseGenerator>(
        _ pattern: RoutePattern, aliases: [Alias] = [], _ operation: Operation, _ input: repeat Input<each I>,
        handler: @escaping @Sendable (Request, repeat each I) async throws -> Result
    ) {
        route(Route(.put, pattern, operation, repeat each input, handler: handler), aliases: aliases)
    }

    @inlinable
    public func delete<each I: Sendable, Result: ResponseGenerator>(
        _ pattern: RoutePattern, aliases: [Alias] = [], _ operation: Operation, _ input: repeat Input<each I>,
        handler: @escaping @Sendable (Request, repeat each I) async throws -> Result
    ) {
        route(Route(.delete, pattern, operation, repeat each input, handler: handler), aliases: aliases)
    }
}
