/// Another path of a route, which clients are told not to use for anything new: each of its responses has `Deprecation`
/// (RFC 9745) and a `Link` to the route's own path (RFC 8288, RFC 5829), and OpenAPI marks it as deprecated.
public struct Alias: Sendable, Hashable {
    public let pattern: RoutePattern
    /// From when on it counts as deprecated.
    public let since: Timestamp

    /// - Parameters:
    ///   - pattern: the other path, whose captures are those of the route.
    ///   - since: from when on it counts as deprecated, in RFC 3339; an instant that is none counts as 1970.
    public init(_ pattern: RoutePattern, since: String) {
        self.pattern = pattern
        self.since = Timestamp(since) ?? Timestamp(microseconds: 0)
    }
}

/// Where an alias leads.
struct Successor: Sendable {
    let pattern: RoutePattern
    let since: Timestamp
}

extension Route {
    /// Adds what responses of an alias have.
    func addSuccessor(to headers: inout Headers, _ parameters: PathParameters) {
        guard let successor else { return }
        headers.add("Deprecation", "@\(successor.since.microseconds / 1_000_000)")
        headers.add("Link", "<\(reference(to: successor.pattern, parameters))>; rel=\"successor-version\"")
    }

    /// The way from a request of this route to the other pattern's path: relative (RFC 3986 section 5.2), so that it holds
    /// behind a proxy that serves this service under a prefix.
    private func reference(to other: RoutePattern, _ parameters: PathParameters) -> String {
        let shared = zip(pattern.segments, other.segments).prefix { $0 == $1 }.count
        // What stands behind the last slash of the request's path is not part of where a reference begins.
        let kept = min(shared, pattern.segments.count - 1)
        let up = Array(repeating: "..", count: pattern.segments.count - 1 - kept)
        let down = other.segments[kept...].map { segment in
            switch segment {
            case .literal(let text): text
            case .capture(let name), .rest(let name): PercentEncoding.encode(parameters[name] ?? "")
            }
        }
        let reference = (up + down).joined(separator: "/")
        // A first segment with a colon would be read as a scheme.
        return up.isEmpty ? "./\(reference)" : reference
    }
}
