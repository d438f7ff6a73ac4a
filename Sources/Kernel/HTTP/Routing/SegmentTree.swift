/// Routes by the segments of their paths: one level of the tree. A path is taken apart by its bytes, and a segment
/// becomes a text of its own only where it is captured.
struct SegmentTree: Sendable {
    private var literals: [(name: [UInt8], next: SegmentTree)] = []
    /// At most one subtree, boxed in an array because a struct cannot hold itself.
    private var capture: [SegmentTree] = []
    private var endpoint: Endpoint?
    /// Where a catch-all takes what is left.
    private var rest: Endpoint?

    mutating func add(_ segments: ArraySlice<RoutePattern.Segment>, _ method: Method, _ route: Int) {
        switch segments.first {
        case nil: endpoint = with(endpoint ?? Endpoint()) { $0.add(method, route) }
        case .literal(let text):
            let name = Array(text.utf8)
            if !literals.contains(where: { $0.name == name }) { literals.append((name, SegmentTree())) }
            for index in literals.indices where literals[index].name == name {
                literals[index].next.add(segments.dropFirst(), method, route)
            }
        case .capture:
            if capture.isEmpty { capture = [SegmentTree()] }
            capture[0].add(segments.dropFirst(), method, route)
        case .rest:
            rest = with(rest ?? Endpoint()) { $0.add(method, route) }
        }
    }

    /// - Parameters:
    ///   - path: the segments, with `slash` before each.
    ///   - captured: what captures and a catch-all take of it is added here.
    func find(in path: String, slash: UInt8, _ captured: inout [String]) -> Endpoint? {
        var path = path
        return path.withUTF8 { find(in: $0, from: 1, slash, &captured) }
    }

    /// - Parameter start: where the next segment begins; beyond the end if there is none.
    private func find(
        in path: UnsafeBufferPointer<UInt8>, from start: Int, _ slash: UInt8, _ captured: inout [String]
    ) -> Endpoint? {
        guard start <= path.count else { return endpoint }
        let end = path[start...].firstIndex(of: slash) ?? path.count
        let segment = UnsafeBufferPointer(rebasing: path[start..<end])
        for literal in literals where literal.name.count == segment.count && literal.name.elementsEqual(segment) {
            if let found = literal.next.find(in: path, from: end + 1, slash, &captured) { return found }
        }
        if let next = capture.first, !segment.isEmpty {
            captured.append(String(decoding: segment, as: UTF8.self))
            if let found = next.find(in: path, from: end + 1, slash, &captured) { return found }
            captured.removeLast()
        }
        guard let rest else { return nil }
        captured.append(String(decoding: path[start...].map { $0 == slash ? UInt8(ascii: "/") : $0 }, as: UTF8.self))
        return rest
    }

    private func with<T>(_ value: T, _ change: (inout T) -> Void) -> T {
        var value = value
        change(&value)
        return value
    }
}
