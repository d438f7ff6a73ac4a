/// A whole response as this service sends it (RFC 9112), taken apart.
struct ReceivedReply: Sendable {
    let status: Int
    let headers: Headers
    let body: [UInt8]

    /// nil if the bytes are no whole response.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count >= 2, let status = Int(first[1]) else {
            return nil
        }
        self.status = status
        headers = Headers(
            lines.dropFirst().compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                return (String(line[..<colon]), String(value))
            })
        let rest = bytes[end.upperBound...]
        if let length = headers["Content-Length"].flatMap(Int.init) {
            guard rest.count == length else { return nil }
            body = Array(rest)
        } else {
            guard let whole = Self.unchunked(rest) else { return nil }
            body = whole
        }
    }

    /// The content of a chunked body (RFC 9112 section 7.1); nil if its end is missing.
    private static func unchunked(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = bytes
        var content: [UInt8] = []
        while let lineEnd = rest.firstIndex(of: UInt8(ascii: "\r")) {
            guard let size = Int(String(decoding: rest[..<lineEnd], as: UTF8.self), radix: 16), size >= 0 else {
                return nil
            }
            rest = rest[lineEnd...].dropFirst(2)
            if size == 0 { return content }
            guard rest.count >= size + 2 else { return nil }
            content += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        return nil
    }
}
