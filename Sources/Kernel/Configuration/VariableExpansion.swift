/// Replaces `${NAME}` and `${NAME:-default}` in a value of the file by environment variables, and `$$` by `$`.
///
/// As in a shell, the default stands in for a variable that is unset or empty; a `$` before anything else is itself.
/// The result is not expanded again.
struct VariableExpansion {
    struct Failure: Error, Hashable {
        let what: String
        let remedy: String
    }

    let environment: [String: String]

    /// The tree with every scalar in it expanded.
    func expand(_ tree: ConfigurationTree) throws(Failure) -> ConfigurationTree {
        switch tree.content {
        case .scalar(let text, _) where text.utf8.contains(UInt8(ascii: "$")):
            let expanded = try expand(text)
            return ConfigurationTree(.scalar(expanded, .external), tree.origin, written: text)
        case .list(let elements):
            var expanded: [ConfigurationTree] = []
            for element in elements { expanded.append(try expand(element)) }
            return ConfigurationTree(.list(expanded), tree.origin)
        case .scalar, .mapping, .null:
            return tree
        }
    }

    func expand(_ text: String) throws(Failure) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                rest.removeFirst()
                result += "$"
            } else if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Failure(
                        what: "\"${\" is not closed",
                        remedy: "write ${NAME} or ${NAME:-default}; a dollar sign itself is written $$")
                }
                result += try value(of: rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }

    private func value(of reference: Substring) throws(Failure) -> String {
        let separator = reference.firstRange(of: ":-")
        let name = String(reference[..<(separator?.lowerBound ?? reference.endIndex)])
        guard Self.isName(name) else {
            throw Failure(
                what: "\"${\(name)}\" does not name an environment variable",
                remedy: "write ${NAME} or ${NAME:-default}; a dollar sign itself is written $$")
        }
        if let separator {
            let value = environment[name] ?? ""
            return value.isEmpty ? String(reference[separator.upperBound...]) : value
        }
        guard let value = environment[name] else {
            throw Failure(
                what: "environment variable \(name) is not set", remedy: "set \(name), or write ${\(name):-default}")
        }
        return value
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
