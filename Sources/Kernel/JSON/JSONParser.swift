/// A recursive-descent parser over borrowed bytes. Its depth is bounded, so that no text can exhaust the stack.
struct JSONParser {
    let text: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    let maximumValues: Int
    var index = 0
    var depth = 0
    private var values = 0

    init(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int, maximumValues: Int = .max) {
        self.text = text
        self.maximumDepth = maximumDepth
        self.maximumValues = maximumValues
    }

    mutating func parseDocument() throws(JSONSyntaxError) -> JSON {
        if let encoding = TextEncoding(of: text) { throw failure(encoding.complaint) }
        skipWhitespace()
        guard index < text.count else { throw failure("empty text where a JSON value is expected") }
        let value = try parseValue()
        skipWhitespace()
        guard index == text.count else { throw failure("unexpected \(here) after the end of the JSON value") }
        return value
    }

    private mutating func parseValue() throws(JSONSyntaxError) -> JSON {
        guard index < text.count else { throw failure("unexpected end of the text") }
        values += 1
        guard values <= maximumValues else { throw failure("more than \(maximumValues) values") }
        switch text[index] {
        case UInt8(ascii: "{"): return try parseObject()
        case UInt8(ascii: "["): return try parseArray()
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: throw failure("unexpected \(here) where a value is expected")
        }
    }

    private mutating func parseObject() throws(JSONSyntaxError) -> JSON {
        try enter()
        var names = MemberNames()
        var members: [JSONObject.Member] = []
        skipWhitespace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return .object(JSONObject())
        }
        while true {
            skipWhitespace()
            guard index < text.count, text[index] == UInt8(ascii: "\"") else {
                throw failure("expected a member name in double quotes, found \(here)")
            }
            let start = index
            let name = try parseString()
            guard names.insert(name, beside: members) else {
                index = start
                throw failure("the name \(quoted(name)) stands twice in one object")
            }
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after a member name, found \(here)") }
            skipWhitespace()
            members.append(JSONObject.Member(name: name, value: try parseValue()))
            skipWhitespace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw failure("expected ',' or '}' in an object, found \(here)") }
            depth -= 1
            return .object(JSONObject(unique: members))
        }
    }

    private mutating func parseArray() throws(JSONSyntaxError) -> JSON {
        try enter()
        var elements: [JSON] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return .array([])
        }
        while true {
            skipWhitespace()
            elements.append(try parseValue())
            skipWhitespace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw failure("expected ',' or ']' in an array, found \(here)") }
            depth -= 1
            return .array(elements)
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        for offset in 0..<word.utf8CodeUnitCount {
            guard index + offset < text.count, text[index + offset] == word.utf8Start[offset] else {
                throw failure("unexpected word where a value is expected (did you mean \(word)?)")
            }
        }
        index += word.utf8CodeUnitCount
        return value
    }

    private mutating func enter() throws(JSONSyntaxError) {
        depth += 1
        guard depth <= maximumDepth else { throw failure("nested deeper than \(maximumDepth) levels") }
        index += 1
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipWhitespace() {
        while index < text.count {
            switch text[index] {
            case 0x20, 0x0a, 0x0d, 0x09: index += 1
            default: return
            }
        }
    }
}

/// The names of the object being parsed: a linear search while they are few, a set beyond, so that an object with
/// 100,000 members does not cost their square.
private struct MemberNames {
    private var many: Set<ExactText>?

    mutating func insert(_ name: String, beside members: [JSONObject.Member]) -> Bool {
        if many != nil { return many?.insert(ExactText(name)).inserted ?? false }
        if members.contains(where: { $0.name.isExactly(name) }) { return false }
        if members.count == 16 { many = Set((members.map(\.name) + [name]).map(ExactText.init)) }
        return true
    }
}

extension JSONParser {
    /// The error at the present place.
    func failure(_ message: String) -> JSONSyntaxError {
        var line = 1
        var lineStart = 0
        for (offset, byte) in text[..<min(index, text.count)].enumerated() where byte == 0x0a {
            line += 1
            lineStart = offset + 1
        }
        return JSONSyntaxError(message: message, line: line, column: index - lineStart + 1)
    }

    /// What stands at the present place, for messages.
    var here: String {
        guard index < text.count else { return "the end of the text" }
        let byte = text[index]
        return (0x21...0x7e).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16, uppercase: true))"
    }

    private func quoted(_ name: String) -> String {
        name.utf8.count <= 64 ? JSON.string(name).text : "(of \(name.utf8.count) bytes)"
    }
}
