import Glibc

/// How one response is put on the wire, besides what it contains.
struct ResponseFraming {
    let method: Method
    let isHTTP10: Bool
    let keepsAlive: Bool
    var trace: TraceContext?
}

/// Serialises the head of a response (RFC 9112 section 4): what the server decides itself, then what the handler
/// added. No value can open a line of its own.
extension OutputBuffer {
    /// Writes a head whose body has `length` bytes, or is streamed if `length` is nil.
    func putHead(
        _ response: borrowing Response, length: Int?, date: [UInt8], id: RequestID, framing: ResponseFraming
    ) {
        reserve(512)
        put("HTTP/1.1 ")
        put(response.status.line)
        put("\r\nDate: ")
        date.withUnsafeBufferPointer { if let start = $0.baseAddress { put(start, $0.count) } }
        put("\r\nX-Request-ID: ")
        put(id)
        if length != 0 {
            put("\r\nContent-Type: ")
            put(response.contentType.value)
        }
        if let length {
            put("\r\nContent-Length: ")
            put(decimal: length)
        } else if !framing.isHTTP10 {
            put("\r\nTransfer-Encoding: chunked")
        }
        if !framing.keepsAlive {
            put("\r\nConnection: close")
        } else if framing.isHTTP10 {
            put("\r\nConnection: keep-alive")
        }
        if let trace = framing.trace {
            put("\r\ntraceresponse: ")
            append(trace.header)
            reserve(512)
        }
        if !response.headers.isEmpty { put(response.headers) }
        put("\r\n\r\n")
    }

    private func put(_ id: RequestID) {
        switch id {
        case .given(let value):
            append(value)
            reserve(512)
        case .generated(let uuid):
            put("job-service-")
            put(uuid)
        }
    }

    private func put(_ headers: Headers) {
        for field in headers.fields where Self.isFromHandler(field.name) {
            reserve(field.name.utf8.count + field.value.utf8.count + 4)
            put("\r\n")
            for byte in field.name.utf8 { put(byte) }
            put(": ")
            for byte in field.value.utf8 { put(Grammar.isFieldContent(byte) ? byte : UInt8(ascii: " ")) }
        }
        reserve(4)
    }

    /// Framing is the server's own business, and a name that is no token would break it.
    private static func isFromHandler(_ name: String) -> Bool {
        let isToken = !name.isEmpty && name.utf8.allSatisfy(Grammar.isToken)
        return isToken && !ownedByServer.contains { Headers.equal($0, name) }
    }

    private static let ownedByServer = [
        "Content-Length", "Transfer-Encoding", "Connection", "Date", "X-Request-ID", "Content-Type", "Trailer",
        "Upgrade", "Keep-Alive", "traceresponse",
    ]
}
