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
        if let line = response.status.line {
            put(line)
        } else {
            put(decimal: response.status.code)
            put(UInt8(ascii: " "))
        }
        put("\r\nDate: ")
        date.withUnsafeBufferPointer { if let start = $0.baseAddress { put(start, $0.count) } }
        put("\r\nX-Request-ID: ")
        put(id)
        if length != 0 {
            put("\r\nContent-Type: ")
            put(response.contentType.value)
        }
        if let length, response.status.forbidsBody, length == 0 {
            // RFC 9110 section 8.6: none with 204, and with 304 only that of the body that is not sent.
            if response.status == .resetContent { put("\r\nContent-Length: 0") }
        } else if let length {
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
        if let tag = response.entityTag { put(tag) }
        if response.contentCoding != .identity {
            put("\r\nContent-Encoding: ")
            put(response.contentCoding.name)
        }
        if response.isVariedByCoding { put("\r\nVary: Accept-Encoding") }
        if !response.headers.isEmpty { put(response.headers) }
        put("\r\n\r\n")
    }

    private func put(_ id: RequestID) {
        switch id {
        case .given(let value):
            append(value)
            reserve(512)
        case .generated(let prefix, let uuid):
            append(prefix)
            reserve(512)
            put(uuid)
        }
    }

    private func put(_ tag: EntityTag) {
        put("\r\nETag: \"")
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: tag.hash >> UInt64(shift) & 15)
            put(digit < 10 ? 48 + digit : 87 + digit)
        }
        switch tag.coding {
        case .identity: break
        case .gzip: put("-gzip")
        case .zstd: put("-zstd")
        }
        put(UInt8(ascii: "\""))
    }

    private func put(_ headers: Headers) {
        for field in headers.fields where field.mayBeSent {
            reserve(field.name.utf8.count + field.value.utf8.count + 4)
            put("\r\n")
            for byte in field.name.utf8 { put(byte) }
            put(": ")
            for byte in field.value.utf8 { put(Grammar.isFieldContent(byte) ? byte : UInt8(ascii: " ")) }
        }
        reserve(4)
    }
}

extension Headers.Field {
    /// Whether a handler may add it: framing is the server's own business, and a name that is no token would break it.
    var mayBeSent: Bool {
        let isToken = !name.isEmpty && name.utf8.allSatisfy(Grammar.isToken)
        return isToken && !Self.ownedByServer.contains { Headers.equal($0, name) }
    }

    private static let ownedByServer = [
        "Content-Length", "Transfer-Encoding", "Connection", "Date", "X-Request-ID", "Content-Type", "Trailer",
        "Upgrade", "Keep-Alive", "traceresponse",
    ]
}

extension Headers {
    /// What of them a response cannot have as it is, for the log; nil if all is well. The values are not told: they may
    /// be a client's, or a secret.
    var problem: String? {
        guard !isEmpty else { return nil }
        let unsent = fields.filter { !$0.mayBeSent }.map(\.name.debugDescription)
        if !unsent.isEmpty {
            return "the handler has added what is the server's own, or no name of a header, and is left out: "
                + unsent.joined(separator: ", ")
        }
        guard !bent.isEmpty else { return nil }
        return "the handler has put line breaks into headers, which went out as spaces: "
            + bent.map(\.debugDescription).joined(separator: ", ")
    }
}
