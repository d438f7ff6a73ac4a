/// A request target taken apart (RFC 9112 section 3.2): origin form, absolute form, `*` of OPTIONS, and the authority of
/// CONNECT.
struct RequestTarget {
    /// Percent-decoded; `*` for the asterisk form, empty for the authority form.
    var path = ""
    /// The path as received, where decoding it would make a separator out of an escaped slash.
    var encodedPath: String?
    var query: [QueryItem] = []

    /// Reads a target made of visible ASCII.
    static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, method: Method
    ) -> Result<RequestTarget, RequestFault.Thrown> {
        do {
            return .success(try RequestTarget(bytes, method))
        } catch {
            return .failure(error)
        }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ method: Method) throws(RequestFault.Thrown) {
        var bytes = bytes
        if bytes.first != UInt8(ascii: "/") {
            if bytes.count == 1, bytes[0] == UInt8(ascii: "*"), method == .options {
                path = "*"
                return
            }
            if method == .connect {
                guard Authority.hasPort(bytes) else { throw RequestFault.Thrown(.malformedTarget) }
                return
            }
            bytes = try Self.withoutAuthority(bytes)
            if bytes.isEmpty {
                path = method == .options ? "*" : "/"
                return
            }
        }
        let end = bytes.firstIndex(of: UInt8(ascii: "?"))
        let pathBytes = UnsafeBufferPointer(rebasing: bytes[..<(end ?? bytes.count)])
        if pathBytes.isEmpty {
            path = "/"
        } else {
            guard let decoded = PercentDecoding.decode(pathBytes, plusIsSpace: false) else {
                throw RequestFault.Thrown(.malformedPercentEncoding)
            }
            path = decoded
            if decoded.utf8.count != pathBytes.count, PercentDecoding.hasEscapedSlash(pathBytes) {
                encodedPath = String(decoding: pathBytes, as: UTF8.self)
            }
        }
        if let end { query = try Self.parseQuery(UnsafeBufferPointer(rebasing: bytes[(end + 1)...])) }
    }

    /// What follows `http://authority` of the absolute form: empty, or from the slash or question mark on.
    private static func withoutAuthority(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(RequestFault.Thrown) -> UnsafeBufferPointer<UInt8> {
        guard let base = bytes.baseAddress else { throw RequestFault.Thrown(.malformedTarget) }
        let scheme =
            bytes.count > 7 && Grammar.matches(base, 7, "http://")
            ? 7 : bytes.count > 8 && Grammar.matches(base, 8, "https://") ? 8 : 0
        let authorityEnd =
            bytes[scheme...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.count
        guard scheme > 0, authorityEnd > scheme, Authority.isValid(base + scheme, authorityEnd - scheme) else {
            throw RequestFault.Thrown(.malformedTarget)
        }
        return UnsafeBufferPointer(rebasing: bytes[authorityEnd...])
    }

    /// `name=value` pairs in order, with their repetitions; a name without `=` has an empty value.
    static func parseQuery(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(RequestFault.Thrown) -> [QueryItem] {
        var items: [QueryItem] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
            if end > start {
                let pair = UnsafeBufferPointer(rebasing: bytes[start..<end])
                let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.count
                let name = UnsafeBufferPointer(rebasing: pair[..<equals])
                let value = UnsafeBufferPointer(rebasing: pair[min(equals + 1, pair.count)...])
                guard let name = PercentDecoding.decode(name, plusIsSpace: true),
                    let value = PercentDecoding.decode(value, plusIsSpace: true)
                else { throw RequestFault.Thrown(.malformedPercentEncoding) }
                items.append(QueryItem(name, value))
            }
            start = end + 1
        }
        return items
    }
}

extension RequestFault {
    /// A fault as a Swift error, for the parts of the parser that are not on the fast path.
    struct Thrown: Error {
        let fault: RequestFault

        init(_ fault: RequestFault) {
            self.fault = fault
        }
    }
}
