/// A web origin, `scheme://host[:port]` (RFC 6454), as browsers send it and operators list it.
struct Origin: Sendable, Hashable {
    /// In lower case.
    let scheme: String
    /// Host and port in lower case, without the port that the scheme has anyway.
    let authority: String

    /// nil for anything else, `null` among it.
    init?(_ text: String) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        let rest = Array(text[separator.upperBound...].utf8)
        guard scheme == "http" || scheme == "https", !rest.isEmpty,
            rest.withUnsafeBufferPointer({ bytes in
                bytes.baseAddress.map { Authority.isValid($0, bytes.count) } ?? false
            })
        else { return nil }
        self.scheme = scheme
        authority = Self.withoutDefaultPort(String(decoding: rest, as: UTF8.self).lowercased(), scheme: scheme)
    }

    /// Whether a request to `host`, the value of its `Host` field, goes to this origin. The scheme that the client
    /// used is not known here, since a proxy in front may speak TLS; the host's port counts as this origin's default
    /// where it has none.
    func isHost(_ host: String) -> Bool {
        authority == Self.withoutDefaultPort(host.lowercased(), scheme: scheme)
    }

    private static func withoutDefaultPort(_ authority: String, scheme: String) -> String {
        let port = scheme == "https" ? ":443" : ":80"
        return authority.hasSuffix(port) ? String(authority.dropLast(port.utf8.count)) : authority
    }
}
