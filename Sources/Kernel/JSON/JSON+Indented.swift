extension JSON {
    /// The value as JSON text for people: a member a line, two spaces a level; lists and objects without members, and
    /// short ones of plain values, stay on one line.
    public var indented: String { indented(by: "") }

    private func indented(by margin: String) -> String {
        let inner = margin + "  "
        switch self {
        case .array(let elements) where text.utf8.count > 60:
            return "[\n" + elements.map { inner + $0.indented(by: inner) }.joined(separator: ",\n") + "\n\(margin)]"
        case .object(let object) where text.utf8.count > 60:
            let members = object.members.map { "\(inner)\(JSON.string($0.name).text): \($0.value.indented(by: inner))" }
            return "{\n" + members.joined(separator: ",\n") + "\n\(margin)}"
        default: return text
        }
    }
}
