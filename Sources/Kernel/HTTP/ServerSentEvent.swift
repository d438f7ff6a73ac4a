/// One event of a stream of Server-Sent Events (WHATWG HTML, section 9.2), in the form in which it is sent: whoever has
/// many followers makes it once.
///
/// No text can open a field or an event of its own: the lines of the data become fields of their own, which the client
/// puts together again, and line ends are left out of the id and the type, as is NUL of the id, which clients would
/// ignore it for.
public struct ServerSentEvent: Sendable, Hashable {
    /// The event as it stands on the wire, with the empty line that ends it.
    public let bytes: [UInt8]

    /// - Parameters:
    ///   - id: what a client that comes back names in `Last-Event-ID`; nil to leave that as it is, empty to forget it.
    ///   - type: what listeners are registered for; nil for `message`.
    ///   - data: UTF-8 text, of any number of lines that end in CR, LF or both.
    ///   - retry: after how long a client that has lost the connection comes back, to the millisecond.
    public init(id: String? = nil, type: String? = nil, data: [UInt8], retry: Duration? = nil) {
        var bytes = Self.fields(id: id, type: type, retry: retry)
        bytes.reserveCapacity(bytes.count + data.count + 16)
        Self.append("data: ", linesOf: data, to: &bytes)
        bytes.append(lineFeed)
        self.bytes = bytes
    }

    /// An event whose data is a text.
    public init(id: String? = nil, type: String? = nil, data: String, retry: Duration? = nil) {
        self.init(id: id, type: type, data: Array(data.utf8), retry: retry)
    }

    /// An event whose data is JSON.
    public init(id: String? = nil, type: String? = nil, data: JSON, retry: Duration? = nil) {
        self.init(id: id, type: type, data: data.bytes, retry: retry)
    }

    /// Fields without an event: what the client remembers from now on, and nobody is told of.
    public static func settings(id: String? = nil, retry: Duration? = nil) -> ServerSentEvent {
        ServerSentEvent(bytes: fields(id: id, type: nil, retry: retry) + [lineFeed])
    }

    /// Lines that clients leave unread.
    public static func comment(_ text: String) -> ServerSentEvent {
        var bytes: [UInt8] = []
        append(": ", linesOf: Array(text.utf8), to: &bytes)
        return ServerSentEvent(bytes: bytes + [lineFeed])
    }

    /// A comment without text.
    static let keepAlive = Array(":\n\n".utf8)

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private static func fields(id: String?, type: String?, retry: Duration?) -> [UInt8] {
        var bytes: [UInt8] = []
        if let id { append("id: ", lineOf: id, to: &bytes) }
        if let type { append("event: ", lineOf: type, to: &bytes) }
        if let retry { append("retry: ", lineOf: String(max(0, retry.milliseconds)), to: &bytes) }
        return bytes
    }

    private static func append(_ field: String, lineOf text: String, to bytes: inout [UInt8]) {
        bytes += field.utf8
        bytes += text.utf8.lazy.filter { $0 != carriageReturn && $0 != lineFeed && $0 != 0 }
        bytes.append(lineFeed)
    }

    private static func append(_ field: String, linesOf text: [UInt8], to bytes: inout [UInt8]) {
        var start = 0
        var index = 0
        func line(to end: Int) {
            bytes += field.utf8
            bytes += text[start..<end]
            bytes.append(lineFeed)
        }
        while index < text.count {
            let byte = text[index]
            if byte == lineFeed || byte == carriageReturn {
                line(to: index)
                let isPair = byte == carriageReturn && index + 1 < text.count && text[index + 1] == lineFeed
                index += isPair ? 1 : 0
                start = index + 1
            }
            index += 1
        }
        line(to: text.count)
    }
}
