/// How the text of a value is understood: the one place that knows a type's spelling and its wording in messages.
struct ValueKind<Value> {
    /// For the documentation: `whole number from 1 to 65535`.
    let name: String
    let parse: (ConfigurationTree) -> Result<Value, ValueProblem>
    /// The value as it would be written in the file.
    let write: (Value) -> String
}

/// Why a value is not acceptable.
struct ValueProblem: Error {
    /// Continues the sentence that begins with the key.
    let what: String
    let remedy: String
}

extension ConfigurationTree {
    /// The text of a scalar, or why there is none.
    /// - Parameter expected: `a whole number`.
    func text(expected: String) -> Result<(text: String, style: Style), ValueProblem> {
        switch content {
        case .scalar(let text, let style): .success((text, style))
        case .null: .failure(ValueProblem(what: "has no value", remedy: "give it \(expected), or remove the line"))
        case .list, .mapping:
            .failure(
                ValueProblem(what: "must be \(expected), not \(kind)", remedy: "write \(expected) after the colon"))
        }
    }

    /// The value as it is shown in a message: `"80a"`, with what stood in the file where a variable was expanded.
    var shown: String {
        guard case .scalar(let text, let style) = content else { return kind }
        if let written { return "\(Redaction.quoted(text)) (from \(Redaction.quoted(written)))" }
        return style == .quoted ? "the quoted text \(Redaction.quoted(text))" : Redaction.quoted(text)
    }
}

extension ValueKind where Value == String {
    static var text: ValueKind {
        ValueKind(
            name: "text", parse: { tree in tree.text(expected: "text").map(\.text) },
            write: { $0.isEmpty ? #""""# : $0 })
    }
}

extension ValueKind where Value == Secret {
    static var secret: ValueKind {
        ValueKind(
            name: "secret text", parse: { tree in tree.text(expected: "text").map { Secret($0.text) } },
            write: { _ in Redaction.mark })
    }
}

extension ValueKind {
    /// A list: in the file a YAML list, in the environment texts with commas between them.
    static func list<Element>(of element: ValueKind<Element>, isSecret: Bool = false) -> ValueKind
    where Value == [Element] {
        ValueKind(
            name: "list of \(element.name)",
            parse: { tree in
                switch tree.content {
                case .list(let elements):
                    return Result { () throws(ValueProblem) in
                        var values: [Element] = []
                        for item in elements { values.append(try element.parse(item).get()) }
                        return values
                    }
                case .scalar(let text, .external):
                    let elements = text.split(separator: ",").map { Text.trimmed($0) }.filter { !$0.isEmpty }
                    return Result { () throws(ValueProblem) in
                        var values: [Element] = []
                        for item in elements {
                            let scalar = ConfigurationTree(.scalar(String(item), .external), tree.origin)
                            values.append(try element.parse(scalar).get())
                        }
                        return values
                    }
                case .null:
                    return .failure(
                        ValueProblem(what: "has no value", remedy: "give it a list ([] for none), or remove the line"))
                case .scalar, .mapping:
                    let found = isSecret || tree.members.count > 0 ? tree.kind : tree.shown
                    return .failure(
                        ValueProblem(
                            what: "must be a list, not \(found)", remedy: "write it as a list: [first, second]"))
                }
            },
            write: { "[\($0.map(element.write).joined(separator: ", "))]" })
    }

    static func choice() -> ValueKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue)
        let list = names.joined(separator: ", ")
        return ValueKind(
            name: "one of \(list)",
            parse: { tree in
                tree.text(expected: "one of \(list)").flatMap { text, _ in
                    if let value = Value.allCases.first(where: { $0.rawValue.isExactly(text) }) {
                        return .success(value)
                    }
                    let start = text.lowercased()
                    let nearest = Spelling.nearest(to: text, among: names) ?? names.first { $0.hasPrefix(start) }
                    let remedy = text.isEmpty ? nil : nearest.map { "did you mean \"\($0)\"?" }
                    return .failure(
                        ValueProblem(
                            what: "must be one of \(list), not \(tree.shown)", remedy: remedy ?? "choose one of them"))
                }
            },
            write: \.rawValue)
    }
}

extension ValueKind where Value == Bool {
    /// One of the words of `Bool.init(word:)`, in the file without quotes.
    static var boolean: ValueKind {
        ValueKind(
            name: "true or false",
            parse: { tree in
                tree.text(expected: "true or false").flatMap { text, style in
                    let value = Bool(word: text)
                    if let value, style != .quoted { return .success(value) }
                    return .failure(
                        ValueProblem(
                            what: "must be true or false, not \(tree.shown)",
                            remedy: value == nil ? "write true or false" : "remove the quotes"))
                }
            },
            write: { $0 ? "true" : "false" })
    }
}
