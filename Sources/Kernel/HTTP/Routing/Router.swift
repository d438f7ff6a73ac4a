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
    /// The names of each route's captures.
    private let captures: [[String]]
    private var literal: [ExactText: Endpoint] = [:]
    private var tree = SegmentTree()

    init(_ routes: [Route]) {
        self.routes = routes
        captures = routes.map(\.pattern.captures)
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
        guard let endpoint = literal[ExactText(path)] ?? find(path, segments, &captured) else { return .unknownPath }
        guard let index = endpoint.route(for: method == .head ? .get : method) else { return .otherMethods(endpoint) }
        var parameters = PathParameters()
        if !captured.isEmpty {
            parameters.values = zip(captures[index], captured).map { (name: $0, value: $1) }
        }
        return .found(route: index, parameters)
    }

    /// Looks in the tree: by the path as it is, or by its segments where a path cannot say them.
    private func find(_ path: String, _ segments: () -> [String], _ captured: inout [String]) -> Endpoint? {
        if !path.isEmpty { return tree.find(in: path, slash: UInt8(ascii: "/"), &captured) }
        // No segment has a NUL, which the parser refuses.
        return tree.find(in: "\0" + segments().joined(separator: "\0"), slash: 0, &captured)
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
