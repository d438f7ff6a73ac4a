// The usual routes. Each reads its inputs before its handler, which gets them behind the request:
//
//     kernel.get("/notes/{noteId}", .getNote, .path("noteId")) { _, id in try await register.find(id) }
extension Registrar {
    @inlinable
    public func get<each I: Sendable, Result: ResponseGenerator>(
        _ pattern: RoutePattern, aliases: [Alias] = [], _ operation: Operation, _ input: repeat Input<each I>,
        handler: @escaping @Sendable (Request, repeat each I) async throws -> Result
    ) {
        route(Route(.get, pattern, operation, repeat each input, handler: handler), aliases: aliases)
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
