/// The shape of a path: literal segments and captures, `/jobs/{jobId}`. A capture takes exactly one segment, which is
/// never empty.
public struct RoutePattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public enum Segment: Sendable, Hashable {
        case literal(String)
        case capture(String)
    }

    public let description: String
    public let segments: [Segment]

    public init(stringLiteral value: String) {
        description = value
        segments = value.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? .capture(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    /// The pattern without the names of its captures: two routes of one method and shape would clash.
    var shape: String {
        segments.reduce(into: "") { shape, segment in
            switch segment {
            case .literal(let text): shape += "/\(text)"
            case .capture: shape += "/{}"
            }
        }
    }

    /// The names of the captures, in order.
    public var captures: [String] {
        segments.compactMap { if case .capture(let name) = $0 { name } else { nil } }
    }
}
