/// The cookies of one request (RFC 6265 section 5.4), every value that was sent for a name.
struct RequestCookies {
    private var pairs: [(name: Substring, value: Substring)] = []

    /// - Parameter fields: the values of the `Cookie` fields; a request should have one.
    init(_ fields: [String]) {
        for field in fields {
            for pair in field.split(separator: ";") {
                guard let equals = pair.firstIndex(of: "=") else { continue }
                pairs.append((Self.trimmed(pair[..<equals]), Self.trimmed(pair[pair.index(after: equals)...])))
            }
        }
    }

    /// The values sent for a name; none if all of them are empty. Names are compared with their letter case.
    subscript(name: String) -> [String] {
        let values = pairs.filter { $0.name.utf8.elementsEqual(name.utf8) }.map { String($0.value) }
        return values.allSatisfy(\.isEmpty) ? [] : values
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        let rest = text.drop(while: isBlank)
        guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return "" }
        return rest[...last]
    }
}
