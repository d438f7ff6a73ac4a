/// HTML being written: what is text is escaped, and what is markup comes from this source only.
struct HTML {
    private(set) var text = ""

    /// Writes markup as it stands.
    mutating func raw(_ markup: StaticString) { text += markup.description }

    /// Writes what shall be read, with the characters that HTML gives a meaning to replaced.
    mutating func put(_ content: String) {
        for character in content.unicodeScalars {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.unicodeScalars.append(character)
            }
        }
    }

    /// Writes an element.
    /// - Parameters:
    ///   - name: its name.
    ///   - attributes: whose values are escaped.
    ///   - content: writes what is in it.
    mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: (inout HTML) -> Void
    ) {
        text += "<\(name)"
        for (attribute, value) in attributes {
            text += " \(attribute)=\""
            put(value)
            text += "\""
        }
        text += ">"
        content(&self)
        text += "</\(name)>"
    }

    mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], text content: String
    ) {
        element(name, attributes) { $0.put(content) }
    }
}
