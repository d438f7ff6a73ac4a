import Kernel

/// The cookies of one request (RFC 6265 section 5.4), every value that was sent for a name.
struct RequestCookies {
    private var pairs: [(name: Substring, value: Substring)] = []

    /// - Parameter fields: the values of the `Cookie` fields; a request should have one.
    init(_ fields: [String]) {
        for field in fields {
            for pair in field.utf8.split(separator: UInt8(ascii: ";")) {
                guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let value = Self.trimmed(pair[pair.index(after: equals)...])
                pairs.append((Substring(Self.trimmed(pair[..<equals])), Substring(Self.unquoted(value))))
            }
        }
    }

    /// The values sent for a name; none if all of them are empty. Names are compared with their letter case.
    subscript(name: String) -> [String] {
        let values = pairs.filter { $0.name.isExactly(name) }.map { String($0.value) }
        return values.allSatisfy(\.isEmpty) ? [] : values
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let rest = text.drop(while: isBlank)
        guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return rest.prefix(0) }
        return rest[...last]
    }

    /// A value may stand in double quotes, which are no part of it for most libraries that read cookies (RFC 6265
    /// section 4.1.1).
    private static func unquoted(_ text: Substring.UTF8View) -> Substring.UTF8View {
        let quote = UInt8(ascii: "\"")
        guard text.count >= 2, text.first == quote, text.last == quote else { return text }
        return text.dropFirst().dropLast()
    }
}
