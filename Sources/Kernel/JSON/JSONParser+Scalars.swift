extension JSONParser {
    /// Parses the string that starts at the present double quote.
    mutating func parseString() throws(JSONSyntaxError) -> String {
        index += 1
        let start = index
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                defer { index += 1 }
                return try validated(UnsafeBufferPointer(rebasing: text[start..<index]), from: start)
            case UInt8(ascii: "\\"):
                return try parseEscapedString(from: start)
            case 0..<0x20:
                throw failure("control character \(here) in a string (write it as an escape)")
            default:
                index += 1
            }
        }
        throw failure("a string that is not closed")
    }

    /// The slow path: the string has at least one escape.
    private mutating func parseEscapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var bytes = Array(text[start..<index])
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return try bytes.withUnsafeBufferPointer { buffer throws(JSONSyntaxError) in
                    try validated(buffer, from: start)
                }
            case UInt8(ascii: "\\"):
                try parseEscape(into: &bytes)
            case 0..<0x20:
                throw failure("control character \(here) in a string (write it as an escape)")
            default:
                bytes.append(byte)
                index += 1
            }
        }
        throw failure("a string that is not closed")
    }

    private mutating func parseEscape(into bytes: inout [UInt8]) throws(JSONSyntaxError) {
        guard index + 1 < text.count else { throw failure("a string that is not closed") }
        let kind = text[index + 1]
        let simple: UInt8? =
            switch kind {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): kind
            case UInt8(ascii: "b"): 0x08
            case UInt8(ascii: "f"): 0x0c
            case UInt8(ascii: "n"): 0x0a
            case UInt8(ascii: "r"): 0x0d
            case UInt8(ascii: "t"): 0x09
            default: nil
            }
        if let simple {
            bytes.append(simple)
            index += 2
            return
        }
        guard kind == UInt8(ascii: "u") else { throw failure("unknown escape in a string") }
        var scalar = try parseHexEscape()
        if (0xd800...0xdbff).contains(scalar) {
            let start = index
            guard index + 1 < text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
                index -= 6
                throw failure("lone surrogate escape in a string")
            }
            let low = try parseHexEscape()
            guard (0xdc00...0xdfff).contains(low) else {
                index = start - 6
                throw failure("lone surrogate escape in a string")
            }
            scalar = 0x10000 + (scalar - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(scalar) else {
            index -= 6
            throw failure("lone surrogate escape in a string")
        }
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// Reads `\uXXXX` at the present place.
    private mutating func parseHexEscape() throws(JSONSyntaxError) -> UInt32 {
        guard index + 6 <= text.count else { throw failure("a \\u escape needs four hexadecimal digits") }
        var value: UInt32 = 0
        for byte in text[(index + 2)..<(index + 6)] {
            guard let digit = hexadecimalValue(byte) else {
                throw failure("a \\u escape needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        index += 6
        return value
    }

    private func validated(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) throws(JSONSyntaxError) -> String {
        // ASCII, which nearly all strings are, needs no check; the library's costs ten times what the rest does.
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        guard let string = String(validating: bytes, as: UTF8.self) else {
            var copy = self
            copy.index = start
            throw copy.failure("invalid UTF-8 in a string")
        }
        return string
    }

    /// Parses the number that starts at the present place.
    mutating func parseNumber() throws(JSONSyntaxError) -> JSON {
        let start = index
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if index < text.count, isDigit(text[index]) { throw failure("a number with a leading zero") }
        } else {
            try parseDigits()
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try parseDigits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try parseDigits()
        }
        let digits = String(decoding: text[start..<index], as: UTF8.self)
        if isInteger, let value = Int64(digits) { return .integer(value) }
        guard let value = Double(digits), value.isFinite else {
            index = start
            throw failure("a number beyond the range of 64-bit floating point")
        }
        return .number(value)
    }

    private mutating func parseDigits() throws(JSONSyntaxError) {
        guard index < text.count, isDigit(text[index]) else { throw failure("expected a digit, found \(here)") }
        while index < text.count, isDigit(text[index]) { index += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// The value of one hexadecimal digit, or nil.
func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
