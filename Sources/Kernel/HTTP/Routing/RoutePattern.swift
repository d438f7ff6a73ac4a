/// The shape of a path: literal segments and captures, `/notes/{noteId}`. A capture takes exactly one segment, which is
/// never empty. A catch-all, `/console/{path...}`, stands at the end and takes all that is left: one segment or more, any
/// of which may be empty.
public struct RoutePattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public enum Segment: Sendable, Hashable {
        case literal(String)
        case capture(String)
        case rest(String)
    }

    public let description: String
    public let segments: [Segment]

    public init(stringLiteral value: String) {
        description = value
        segments = value.split(separator: "/").map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("...") ? .rest(String(name.dropLast(3))) : .capture(String(name))
        }
    }

    /// The pattern without the names of its captures: two routes of one method and shape would clash.
    var shape: String {
        if segments.isEmpty { return "/" }
        return segments.reduce(into: "") { shape, segment in
            switch segment {
            case .literal(let text): shape += "/\(text)"
            case .capture: shape += "/{}"
            case .rest: shape += "/{...}"
            }
        }
    }

    /// The names of the captures, in order.
    public var captures: [String] {
        segments.compactMap {
            switch $0 {
            case .capture(let name), .rest(let name): name
            case .literal: nil
            }
        }
    }

    /// The path as OpenAPI writes it, which has no word for a catch-all.
    var template: String { description.replacing("...}", with: "}") }

    /// Why no path can ever match; nil if one can.
    var problem: String? {
        guard description.utf8.first == UInt8(ascii: "/") else { return "it does not begin with a slash" }
        if description == "/" { return nil }
        if description.hasSuffix("/") || description.contains("//") { return "it has an empty segment" }
        if let odd = description.first(where: { $0 == "?" || $0 == "#" }) { return "'\(odd)' is in no path" }
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .literal(let text):
                if text.contains("{") || text.contains("}") { return "'\(text)' is neither a capture nor a literal" }
            case .capture(let name), .rest(let name):
                if name.isEmpty || name.contains(where: { "{}.".contains($0) }) {
                    return "the capture at its segment \(index + 1) has no name"
                }
                if case .rest = segment, index != segments.count - 1 { return "{\(name)...} is not at its end" }
            }
        }
        let names = captures
        if let twice = names.first(where: { name in names.count { $0.isExactly(name) } > 1 }) {
            return "it captures '\(twice)' twice"
        }
        return nil
    }
}
