/// Finds the route of a request: a dictionary for paths without captures, a tree of segments for the others. A
/// literal segment is preferred to a capture, and that to a catch-all.
struct Router: Sendable {
    enum Match {
        case found(route: Int, PathParameters)
        /// The path is known but not with this method.
        case otherMethods(Endpoint)
        case unknownPath
    }

    let routes: [Route]
    private var literal: [ExactText: Endpoint] = [:]
    private var tree = SegmentTree()

    init(_ routes: [Route]) {
        self.routes = routes
        for (index, route) in routes.enumerated() {
            if route.pattern.captures.isEmpty {
                literal[ExactText(route.pattern.description), default: Endpoint()].add(route.method, index)
            }
            tree.add(route.pattern.segments[...], route.method, index)
        }
    }

    /// The methods that any path knows.
    var allow: String {
        var all = Endpoint()
        for (index, route) in routes.enumerated() where all.route(for: route.method) == nil {
            all.add(route.method, index)
        }
        return all.allow
    }

    /// The route of a path without captures, or nil.
    func literalRoute(_ method: Method, _ path: String) -> Int? {
        literal[ExactText(path)]?.route(for: method == .head ? .get : method)
    }

    /// - Parameters:
    ///   - path: the path as received, tried as it is first.
    ///   - segments: the path's segments, each percent-decoded; called only if `path` is no literal route.
    func match(_ method: Method, path: String, segments: () -> [String]) -> Match {
        var captured: [String] = []
        guard let endpoint = literal[ExactText(path)] ?? tree.find(segments()[...], &captured) else {
            return .unknownPath
        }
        guard let index = endpoint.route(for: method == .head ? .get : method) else { return .otherMethods(endpoint) }
        var parameters = PathParameters()
        for (name, value) in zip(routes[index].pattern.captures, captured) { parameters.values.append((name, value)) }
        return .found(route: index, parameters)
    }
}

/// The routes of one path, by method.
struct Endpoint: Sendable {
    private var routes: [(method: Method, route: Int)] = []

    mutating func add(_ method: Method, _ route: Int) { routes.append((method, route)) }

    func route(for method: Method) -> Int? { routes.first { $0.method == method }?.route }

    /// The methods that the path knows, for `Allow` (RFC 9110 section 10.2.1).
    var allow: String {
        let own = routes.map(\.method)
        return (own + (own.contains(.get) ? [.head] : []) + [.options]).map(\.rawValue).joined(separator: ", ")
    }
}

/// One level of the tree of segments.
private struct SegmentTree: Sendable {
    private var literals: [ExactText: SegmentTree] = [:]
    /// At most one subtree, boxed in an array because a struct cannot hold itself.
    private var capture: [SegmentTree] = []
    private var endpoint: Endpoint?
    /// Where a catch-all takes what is left.
    private var rest: Endpoint?

    mutating func add(_ segments: ArraySlice<RoutePattern.Segment>, _ method: Method, _ route: Int) {
        switch segments.first {
        case nil: endpoint = with(endpoint ?? Endpoint()) { $0.add(method, route) }
        case .literal(let text):
            literals[ExactText(text), default: SegmentTree()].add(segments.dropFirst(), method, route)
        case .capture:
            if capture.isEmpty { capture = [SegmentTree()] }
            capture[0].add(segments.dropFirst(), method, route)
        case .rest:
            rest = with(rest ?? Endpoint()) { $0.add(method, route) }
        }
    }

    func find(_ segments: ArraySlice<String>, _ captured: inout [String]) -> Endpoint? {
        guard let first = segments.first else { return endpoint }
        if let found = literals[ExactText(first)]?.find(segments.dropFirst(), &captured) { return found }
        if let next = capture.first, !first.isEmpty {
            captured.append(first)
            if let found = next.find(segments.dropFirst(), &captured) { return found }
            captured.removeLast()
        }
        guard let rest else { return nil }
        captured.append(segments.joined(separator: "/"))
        return rest
    }

    private func with<T>(_ value: T, _ change: (inout T) -> Void) -> T {
        var value = value
        change(&value)
        return value
    }
}
