/// Reads whom proxies say that they serve: `X-Forwarded-For`, or `Forwarded` (RFC 7239) where that is missing.
///
/// Where both are there, the first counts: most proxies set only that one, and pass on whatever of the second a client
/// has made up.
enum ForwardingChain {
    /// The addresses, the nearest proxy's word last; nil for one that is unknown, obfuscated or not to be read.
    static func addresses(in headers: Headers) -> [NetworkAddress?] {
        let lists = headers.values(of: "X-Forwarded-For")
        if !lists.isEmpty { return lists.flatMap { split($0[...], at: comma).map(address) } }
        return headers.values(of: "Forwarded").flatMap(forwarded)
    }

    /// One field of `Forwarded`: elements with commas between them, each `name=value` pairs with semicolons between.
    private static func forwarded(_ list: String) -> [NetworkAddress?] {
        elements(of: list).map { element in
            for pair in splitOutsideQuotes(element, at: semicolon) ?? split(element, at: semicolon) {
                guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let name = pair[..<equals]
                if Headers.equal(String(trimmed(name)), "for") {
                    return address(pair[pair.utf8.index(after: equals)...])
                }
            }
            return nil
        }
    }

    /// A client's quote that nothing closes must not swallow what proxies have appended: then each comma counts.
    private static func elements(of list: String) -> [Substring] {
        splitOutsideQuotes(list[...], at: comma) ?? split(list[...], at: comma)
    }

    /// Reads `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`, each also in double
    /// quotes. What stands for a port may be anything (RFC 7239 section 6.2).
    private static func address(_ text: Substring) -> NetworkAddress? {
        var text = unquoted(trimmed(text))[...]
        if text.utf8.first == UInt8(ascii: "[") {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let rest = text[text.utf8.index(after: end)...]
            guard rest.isEmpty || rest.utf8.first == UInt8(ascii: ":") else { return nil }
            text = text[..<end].dropFirst()
            return text.utf8.contains(UInt8(ascii: ":")) ? NetworkAddress(text) : nil
        }
        let colons = text.utf8.indices.filter { text.utf8[$0] == UInt8(ascii: ":") }
        return NetworkAddress(colons.count == 1 ? text[..<colons[0]] : text)
    }
}

extension ForwardingChain {
    private static let comma = UInt8(ascii: ",")
    private static let semicolon = UInt8(ascii: ";")
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// The parts that are not empty.
    private static func split(_ text: Substring, at separator: UInt8) -> [Substring] {
        text.utf8.split(separator: separator).map { trimmed(Substring($0)) }.filter { !$0.isEmpty }
    }

    /// The parts that are not empty, separators within quoted strings (RFC 9110 section 5.6.4) not counting; nil if a
    /// quoted string does not end.
    private static func splitOutsideQuotes(_ text: Substring, at separator: UInt8) -> [Substring]? {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == backslash {
                isEscaped = true
            } else if byte == quote {
                isQuoted.toggle()
            } else if !isQuoted, byte == separator {
                parts.append(text[start..<index])
                start = text.utf8.index(after: index)
            }
        }
        guard !isQuoted else { return nil }
        return (parts + [text[start...]]).map(trimmed).filter { !$0.isEmpty }
    }

    /// A quoted string's content, its escapes undone; other text as it is.
    private static func unquoted(_ text: Substring) -> String {
        guard text.utf8.count >= 2, text.utf8.first == quote, text.utf8.last == quote else { return String(text) }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in text.utf8.dropFirst().dropLast() {
            if !isEscaped, byte == backslash {
                isEscaped = true
            } else {
                bytes.append(byte)
                isEscaped = false
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ text: Substring) -> Substring { Text.trimmed(text) }
}
