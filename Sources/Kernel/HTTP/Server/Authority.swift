/// `uri-host [ ":" port ]` (RFC 9110 section 4.2, RFC 3986 section 3.2), without user information.
enum Authority {
    /// Whether the bytes are such an authority; an empty one is (RFC 9112 section 3.2).
    static func isValid(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        guard count > 0 else { return true }
        var index = 0
        if bytes[0] == UInt8(ascii: "[") {
            index = 1
            while index < count, isAddressLiteral(bytes[index]) { index += 1 }
            guard index > 1, index < count, bytes[index] == UInt8(ascii: "]") else { return false }
            index += 1
        } else {
            while index < count, isName(bytes[index]) {
                if bytes[index] == UInt8(ascii: "%") {
                    guard index + 2 < count, hexadecimalValue(bytes[index + 1]) != nil,
                        hexadecimalValue(bytes[index + 2]) != nil
                    else { return false }
                }
                index += 1
            }
        }
        return index == count || isPort(bytes + index, count - index)
    }

    /// Whether the bytes are an authority with a port, which is what CONNECT names (RFC 9110 section 9.3.6).
    static func hasPort(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = bytes.baseAddress, isValid(base, bytes.count),
            let colon = bytes.lastIndex(of: UInt8(ascii: ":"))
        else { return false }
        // An address literal has colons of its own.
        let hasDigits = bytes[(colon + 1)...].allSatisfy(Grammar.isDigit) && colon + 1 < bytes.count
        return colon > 0 && hasDigits
    }

    private static func isPort(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        guard bytes[0] == UInt8(ascii: ":"), count <= 6 else { return false }
        var port = 0
        for index in 1..<count {
            guard Grammar.isDigit(bytes[index]) else { return false }
            port = port * 10 + Int(bytes[index] - 48)
        }
        return port <= 65_535
    }

    /// Hexadecimal digits, colons, dots and the `v` of future address forms.
    private static func isAddressLiteral(_ byte: UInt8) -> Bool {
        hexadecimalValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
            || byte | 0x20 == UInt8(ascii: "v")
    }

    /// `reg-name`: unreserved characters, sub-delimiters and percent escapes.
    @inline(__always)
    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "%"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
