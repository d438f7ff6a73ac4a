/// A media type (RFC 9110 section 8.3) as it stands in `Content-Type`: one of those that have a name here, or any other
/// that the program spells out: `"image/svg+xml"`. It is never made from what a client says.
public struct ContentType: ExpressibleByStringLiteral, Sendable, Hashable {
    public let value: StaticString

    public init(stringLiteral value: StaticString) {
        self.value = value
    }

    public static let json: ContentType = "application/json"
    /// Errors as RFC 9457 has them.
    public static let problem: ContentType = "application/problem+json"
    public static let text: ContentType = "text/plain; charset=utf-8"
    public static let html: ContentType = "text/html; charset=utf-8"
    public static let css: ContentType = "text/css; charset=utf-8"
    public static let javaScript: ContentType = "text/javascript; charset=utf-8"
    public static let svg: ContentType = "image/svg+xml"
    public static let png: ContentType = "image/png"
    public static let bytes: ContentType = "application/octet-stream"
    /// Server-Sent Events.
    public static let eventStream: ContentType = "text/event-stream"
    /// Prometheus's text format.
    public static let metrics: ContentType = "text/plain; version=0.0.4; charset=utf-8"

    public static func == (a: Self, b: Self) -> Bool { a.value.description.isExactly(b.value.description) }

    public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(value.description)) }
}
