/// HTML being written: what is text is escaped, in this one place, and what is markup comes from the program's own source
/// only. Pages and their fragments are made of it.
public struct HTML: Sendable {
    public private(set) var text = ""

    public init() {}

    /// Writes markup as it stands.
    public mutating func raw(_ markup: StaticString) { text += markup.description }

    /// Writes what was written elsewhere.
    public mutating func append(_ other: HTML) { text += other.text }

    /// Writes what shall be read, with the characters that HTML gives a meaning to replaced.
    public mutating func put(_ content: String) {
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

    /// Writes a whole page.
    /// - Parameters:
    ///   - stylesheet: where its style is, relative to the page.
    ///   - isWide: whether it has a list of contents at its side.
    mutating func document(title: String, stylesheet: String, isWide: Bool, _ body: (inout HTML) -> Void) {
        raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
        raw("<meta name=\"color-scheme\" content=\"light dark\">")
        void("link", ["rel": "stylesheet", "href": stylesheet])
        element("title", text: title)
        raw("</head>")
        element("body", ["class": isWide ? "wide" : "narrow"], body)
        raw("</html>")
    }

    /// Writes an element that can have no content.
    public mutating func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?>) {
        open(name, attributes)
    }

    private mutating func open(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?>) {
        text += "<\(name)"
        for case (let attribute, let value?) in attributes {
            text += " \(attribute)=\""
            put(value)
            text += "\""
        }
        text += ">"
    }

    /// Writes an element.
    /// - Parameters:
    ///   - name: its name.
    ///   - attributes: whose values are escaped; one without a value is left out.
    ///   - content: writes what is in it.
    public mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:],
        _ content: (inout HTML) throws -> Void
    ) rethrows {
        open(name, attributes)
        try content(&self)
        text += "</\(name)>"
    }

    public mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:], text content: String
    ) {
        element(name, attributes) { $0.put(content) }
    }
}
