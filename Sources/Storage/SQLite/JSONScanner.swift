import Kernel

/// Walks through JSON text once, strictly (RFC 8259), and tells where things stand. Nothing is decoded or copied.
struct JSONScanner {
    /// The text is no JSON object, or is nested too deeply.
    struct Malformed: Error {}

    private static let maximumDepth = 1000

    let text: UnsafeBufferPointer<UInt8>
    var index = 0
    private var depth = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    /// The byte at `index`; 0, which stands nowhere in JSON text, behind the end.
    var byte: UInt8 { index < text.count ? text[index] : 0 }

    mutating func skipBlanks() {
        while index < text.count, text[index] <= 0x20, [0x20, 0x0a, 0x0d, 0x09].contains(text[index]) { index += 1 }
    }

    /// - Returns: whether `character` stood here, and was skipped.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func skipValue() throws {
        switch byte {
        case UInt8(ascii: "{"): try members { scanner, _ in try scanner.skipValue() }
        case UInt8(ascii: "["): try elements { try $0.skipValue() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try skip(word: "true")
        case UInt8(ascii: "f"): try skip(word: "false")
        case UInt8(ascii: "n"): try skip(word: "null")
        default: try skipNumber()
        }
    }

    /// Walks through an object; `visit` is given each member's name as it is written, and skips the value.
    mutating func members(_ visit: (inout JSONScanner, _ name: Range<Int>) throws -> Void) throws {
        try nested("{", "}") { scanner in
            let name = try scanner.string()
            scanner.skipBlanks()
            guard scanner.skip(":") else { throw Malformed() }
            scanner.skipBlanks()
            try visit(&scanner, name)
        }
    }

    /// Walks through an array; `visit` skips each element.
    mutating func elements(_ visit: (inout JSONScanner) throws -> Void) throws {
        try nested("[", "]", visit)
    }

    /// Checks that nothing follows but blanks.
    mutating func end() throws {
        skipBlanks()
        guard index == text.count else { throw Malformed() }
    }

    private mutating func nested(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ part: (inout JSONScanner) throws -> Void
    ) throws {
        guard skip(opening), depth < Self.maximumDepth else { throw Malformed() }
        depth += 1
        defer { depth -= 1 }
        skipBlanks()
        if skip(closing) { return }
        repeat {
            skipBlanks()
            try part(&self)
            skipBlanks()
        } while skip(",")
        guard skip(closing) else { throw Malformed() }
    }

    /// - Returns: where the characters of a string stand, between the quotes.
    mutating func string() throws -> Range<Int> {
        guard skip("\"") else { throw Malformed() }
        let start = index
        while true {
            // Most of a document is what this loop runs over.
            var end = index
            while end < text.count, !Self.endsPlainText(text[end]) { end &+= 1 }
            index = end
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return start..<end
            case UInt8(ascii: "\\"): try skipEscape()
            default: throw Malformed()
            }
        }
    }

    @inline(__always)
    private static func endsPlainText(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20
    }

    private mutating func skipEscape() throws {
        index += 1
        switch byte {
        case UInt8(ascii: "u"):
            index += 1
            let digits = text[min(index, text.count)..<min(index + 4, text.count)]
            guard digits.count == 4, digits.allSatisfy(\.isHexDigit) else { throw Malformed() }
            index += 4
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        default: throw Malformed()
        }
    }

    private mutating func skip(word: StaticString) throws {
        let end = index + word.utf8CodeUnitCount
        guard end <= text.count,
            text[index..<end].elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        else { throw Malformed() }
        index = end
    }

    private mutating func skipNumber() throws {
        _ = skip("-")
        if !skip("0") { try skipDigits() }
        if skip(".") { try skipDigits() }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws {
        let start = index
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw Malformed() }
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
