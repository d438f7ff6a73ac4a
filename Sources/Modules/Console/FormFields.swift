import Kernel

/// The fields of a form or of an address, by name: of one that is there several times the last, and none that is empty.
struct FormFields: Sendable {
    let items: [QueryItem]

    init(_ items: [QueryItem]) {
        self.items = items.filter { !$0.value.isEmpty }
    }

    subscript(name: String) -> String? { items.last { $0.name == name }?.value }

    /// Without blanks at its ends, for what is one word.
    func word(_ name: String) -> String? {
        guard let text = self[name] else { return nil }
        var word = Substring(text).drop { $0.isWhitespace }
        while word.last?.isWhitespace == true { word.removeLast() }
        return word.isEmpty ? nil : String(word)
    }

    /// Whether it is a text with anything to read in it.
    func text(_ name: String) -> String? { word(name) == nil ? nil : self[name] }
}
