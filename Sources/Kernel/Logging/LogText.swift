/// Writes strings onto log lines without any character that could end a line, move a terminal's cursor or turn the
/// direction of text in some viewer: as JSON, or as plain text in which such characters are shown as JSON escapes them.
enum LogText {
    /// Longer texts are cut here, so that no line grows without bound.
    static let maximumLength = 32 << 10

    /// Appends `text` as JSON, in double quotes.
    static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        write(text, escapingQuotes: true, into: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends `text` for people.
    static func writePlain(_ text: String, into bytes: inout [UInt8]) {
        write(text, escapingQuotes: false, into: &bytes)
    }

    private static func write(_ text: String, escapingQuotes: Bool, into bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { utf8 in
            let kept = cut(utf8)
            var start = 0
            var index = 0
            while index < kept {
                let width = escapedWidth(utf8, at: index, end: kept, escapingQuotes)
                if width == 0 {
                    index += 1
                    continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                appendEscape(utf8, at: index, width, into: &bytes)
                index += width
                start = index
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<kept]))
            if kept < utf8.count { bytes.append(contentsOf: "… (cut, \(utf8.count) bytes)".utf8) }
        }
    }

    /// The length to keep, never inside a character.
    private static func cut(_ utf8: UnsafeBufferPointer<UInt8>) -> Int {
        guard utf8.count > maximumLength else { return utf8.count }
        var end = maximumLength
        while end > 0 && utf8[end] & 0xc0 == 0x80 { end -= 1 }
        return end
    }

    /// How many bytes at `index` form a character to be escaped; 0 if it may stand as it is.
    @inline(__always)
    private static func escapedWidth(
        _ utf8: UnsafeBufferPointer<UInt8>, at index: Int, end: Int, _ escapingQuotes: Bool
    ) -> Int {
        let byte = utf8[index]
        if byte < 0x80 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return escapingQuotes ? 1 : 0 }
            return byte < 0x20 || byte == 0x7f ? 1 : 0
        }
        // U+0080…U+009F: control characters of ISO 6429, U+0085 among them.
        if byte == 0xc2 { return index + 1 < end && utf8[index + 1] < 0xa0 ? 2 : 0 }
        guard byte == 0xe2, index + 2 < end else { return 0 }
        // U+2028…U+202E: line and paragraph separators and text directions; U+2066…U+2069: isolates.
        if utf8[index + 1] == 0x80 { return (0xa8...0xae).contains(utf8[index + 2]) ? 3 : 0 }
        if utf8[index + 1] == 0x81 { return (0xa6...0xa9).contains(utf8[index + 2]) ? 3 : 0 }
        return 0
    }

    private static func appendEscape(
        _ utf8: UnsafeBufferPointer<UInt8>, at index: Int, _ width: Int, into bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: "\\"))
        switch (utf8[index], width) {
        case (UInt8(ascii: "\""), _), (UInt8(ascii: "\\"), _): bytes.append(utf8[index])
        case (0x0a, _): bytes.append(UInt8(ascii: "n"))
        case (0x0d, _): bytes.append(UInt8(ascii: "r"))
        case (0x09, _): bytes.append(UInt8(ascii: "t"))
        case (_, 1): appendHexadecimal(UInt16(utf8[index]), into: &bytes)
        case (_, 2): appendHexadecimal(UInt16(utf8[index + 1]), into: &bytes)
        default:
            let high = UInt16(utf8[index + 1] & 0x3f) << 6
            appendHexadecimal(0x2000 | high | UInt16(utf8[index + 2] & 0x3f), into: &bytes)
        }
    }

    private static func appendHexadecimal(_ unit: UInt16, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "u"))
        for shift in [12, 8, 4, 0] as [UInt16] {
            let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
            bytes.append(digit < 10 ? 48 + digit : 87 + digit)
        }
    }
}
