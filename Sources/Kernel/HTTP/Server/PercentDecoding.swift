/// Percent-decoding of request targets (RFC 3986 section 2.1).
enum PercentDecoding {
    /// The text that `bytes` stand for, or nil if an escape is not two hexadecimal digits, stands for NUL, or the
    /// result is not UTF-8.
    /// - Parameter plusIsSpace: as in queries (the `application/x-www-form-urlencoded` form), not in paths.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool) -> String? {
        let isPlain = !bytes.contains { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }
        // Targets are visible ASCII, so that only escapes can make invalid text.
        if isPlain { return String(decoding: bytes, as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < bytes.count, let high = hexadecimalValue(bytes[index]),
                    let low = hexadecimalValue(bytes[index + 1]), high | low != 0
                else { return nil }
                decoded.append(high << 4 | low)
                index += 2
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// Whether an escaped slash stands among `bytes`.
    static func hasEscapedSlash(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count >= 3 else { return false }
        return (0...(bytes.count - 3)).contains {
            bytes[$0] == UInt8(ascii: "%") && bytes[$0 + 1] == UInt8(ascii: "2") && bytes[$0 + 2] | 0x20 == 0x66
        }
    }
}
