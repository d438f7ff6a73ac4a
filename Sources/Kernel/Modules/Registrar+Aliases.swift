extension Registrar {
    /// Declares a route with other paths that do the same.
    public func route(_ route: Route, aliases: [Alias]) {
        self.route(route)
        for alias in aliases {
            var other = route
            other.pattern = alias.pattern
            other.successor = Successor(pattern: route.pattern, since: alias.since)
            self.route(other)
        }
    }
}
