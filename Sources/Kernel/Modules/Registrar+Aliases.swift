extension Registrar {
    /// Declares a route with other paths that do the same.
    public func route(
        _ method: Method, _ pattern: RoutePattern, aliases: [Alias], _ operation: Operation,
        handler: @escaping Route.Handler
    ) {
        let route = Route(method, pattern, operation, handler: handler)
        self.route(route)
        for alias in aliases {
            var other = Route(method, alias.pattern, operation, handler: handler)
            other.successor = Successor(pattern: pattern, since: alias.since)
            self.route(other)
        }
    }
}
