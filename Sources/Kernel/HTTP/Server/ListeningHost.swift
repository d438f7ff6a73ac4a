import Glibc

/// What may stand for the address to listen on.
enum ListeningHost {
    /// Whether a text is a numeric address, in any spelling that getaddrinfo(3) reads.
    static func isAddress(_ text: String) -> Bool {
        var four = in_addr()
        return inet_aton(text, &four) == 1 || NetworkAddress(text) != nil
    }

    /// Whether a text may be the name of a machine: words of letters, digits, `-` and `_` with dots between them, the
    /// last of which is no number (RFC 1123 section 2.1).
    static func isName(_ text: String) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isMadeOfWords = words.allSatisfy { word in
            !word.isEmpty
                && word.allSatisfy { byte in
                    RequestID.isAllowed(byte) && byte != UInt8(ascii: ":") && byte != UInt8(ascii: ".")
                }
        }
        return isMadeOfWords && words.last?.allSatisfy { (0x30...0x39).contains($0) } == false
    }

    /// What is wrong with a text that is neither, and what to do about it.
    static func problem(of text: String) -> (what: String, remedy: String)? {
        if isAddress(text) || isName(text) { return nil }
        let remedy =
            "write an address of this machine alone, such as 127.0.0.1 or ::1, or 0.0.0.0 or :: for all of them"
        let hasPort = text.utf8.contains(UInt8(ascii: ":"))
        return (
            "\(Redaction.quoted(text)) is no address", hasPort ? remedy + "; the port is http.port" : remedy
        )
    }

    /// Whether a host can only be reached from this machine: `localhost`, 127.0.0.0/8 (inet_aton(3) reads all of its
    /// spellings) and ::1. Other names count as reachable, whatever they resolve to today.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_aton(host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
        return withUnsafeBytes(of: &six) { bytes in bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1 }
    }
}
