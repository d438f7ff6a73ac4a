import Kernel

/// The fields of forms, each with its label and where need be a hint.
extension HTML {
    struct Choice: Sendable {
        let value: String
        let text: String
    }

    mutating func field(
        _ name: String, _ label: String, value: String?, hint: String? = nil, type: String = "text",
        isRequired: Bool = false, most: Int? = nil, pattern: String? = nil
    ) {
        labelled(name, label, hint) { field, id in
            field.void(
                "input",
                [
                    "id": id, "name": name, "type": type, "value": value ?? "", "required": isRequired ? "" : nil,
                    "maxlength": most.map(String.init), "pattern": pattern, "autocomplete": "off",
                    "spellcheck": "false", "aria-describedby": hint.map { _ in "\(id)-hint" },
                ])
        }
    }

    mutating func area(
        _ name: String, _ label: String, value: String?, hint: String? = nil, isRequired: Bool = false, rows: Int = 3,
        isCode: Bool = false
    ) {
        labelled(name, label, hint) { field, id in
            field.element(
                "textarea",
                [
                    "id": id, "name": name, "rows": String(rows), "required": isRequired ? "" : nil, "dir": "auto",
                    "class": isCode ? "code" : nil,
                    "aria-describedby": hint.map { _ in "\(id)-hint" },
                ]
            ) { area in
                // The parser of HTML drops a line break that stands first.
                area.put("\n" + (value ?? ""))
            }
        }
    }

    mutating func choice(
        _ name: String, _ label: String, _ choices: [Choice], value: String?, hint: String? = nil
    ) {
        labelled(name, label, hint) { field, id in
            field.element("select", ["id": id, "name": name, "aria-describedby": hint.map { _ in "\(id)-hint" }]) {
                select in
                for choice in choices {
                    select.element(
                        "option", ["value": choice.value, "selected": choice.value == value ? "" : nil],
                        text: choice.text)
                }
            }
        }
    }

    private mutating func labelled(
        _ name: String, _ label: String, _ hint: String?, _ control: (inout HTML, _ id: String) -> Void
    ) {
        let id = "field-\(name)"
        element("div", ["class": "field"]) { field in
            field.element("label", ["for": id], text: label)
            control(&field, id)
            if let hint { field.element("p", ["id": "\(id)-hint", "class": "hint"], text: hint) }
        }
    }

    /// The buttons of a form, the way back behind them.
    mutating func buttons(_ text: String, _ kind: String, back: String?) {
        element("p", ["class": "buttons"]) { line in
            line.element("button", ["class": "button \(kind)"], text: text)
            if let back {
                line.element("a", ["href": back, "class": "button quiet", "data-close": ""], text: "Cancel")
            }
        }
    }
}

extension [HTML.Choice] {
    /// A choice for each word, and one for none of them where that has a name.
    static func words(_ words: [String], none: String? = nil) -> [HTML.Choice] {
        (none.map { [HTML.Choice(value: "", text: $0)] } ?? []) + words.map { HTML.Choice(value: $0, text: $0) }
    }
}
