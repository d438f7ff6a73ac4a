/// A request target as the log may show it: path and query, without what looks like a credential. Ours are never sent
/// in a target; but clients make mistakes, and logs are read by many.
enum LoggedTarget {
    private static let secretNames = [
        "token", "password", "passwd", "pwd", "secret", "key", "authorization", "auth", "cookie", "credentials",
        "signature", "sig", "jwt", "session", "sessionid", "userinfo",
    ]

    /// - Parameter target: visible ASCII, in origin form or in absolute form (RFC 9112 section 3.2).
    static func text(of target: String) -> String {
        // Nearly all targets have nothing to be looked at.
        if target.utf8.first == UInt8(ascii: "/"), target.offset(ofByte: UInt8(ascii: "?")) == nil,
            target.offset(ofByte: UInt8(ascii: "J")) == nil
        {
            return target
        }
        let text = withoutAuthority(target[...])
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return hidingTokens(in: text) }
        let items = text[mark...].dropFirst().split(separator: "&", omittingEmptySubsequences: false).map(shown)
        return hidingTokens(in: text[..<mark]) + "?" + items.joined(separator: "&")
    }

    /// What the absolute form has before the path.
    private static func withoutAuthority(_ target: Substring) -> Substring {
        guard target.utf8.first != UInt8(ascii: "/"), let scheme = target.firstRange(of: "://") else { return target }
        let rest = target[scheme.upperBound...]
        return rest.firstIndex { $0 == "/" || $0 == "?" }.map { rest[$0...] } ?? "/"
    }

    private static func shown(_ item: Substring) -> String {
        guard let equals = item.firstIndex(of: "=") else { return hidingTokens(in: item) }
        let name = Array(item[..<equals].utf8).withUnsafeBufferPointer { PercentDecoding.decode($0, plusIsSpace: true) }
        let letters = (name ?? "").lowercased().filter { $0.isLetter }
        let isSecret = name == nil || secretNames.contains { letters.hasSuffix($0) }
        return isSecret ? item[...equals] + Redaction.mark : hidingTokens(in: item)
    }

    private static func startOfToken(in text: Substring) -> Substring.Index? {
        var rest = text.utf8[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "e")) {
            rest = rest[start...]
            if rest.starts(with: "eyJ".utf8) { return start }
            rest = rest.dropFirst()
        }
        return nil
    }

    /// Hides JSON Web Tokens wherever they stand: their head begins with `{"` in Base64.
    private static func hidingTokens(in text: Substring) -> String {
        guard let start = startOfToken(in: text) else { return String(text) }
        let token = text[start...].prefix { $0.isLetter || $0.isNumber || "-_.=%".contains($0) }
        let rest = hidingTokens(in: text[token.endIndex...])
        let isToken = token.utf8.count > 20 && token.utf8.contains(UInt8(ascii: "."))
        return text[..<start] + (isToken ? Redaction.mark[...] : token) + rest
    }
}
