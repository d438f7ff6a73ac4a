/// A schema of the OpenAPI document on the page: a table of its properties, or its kind in a few words.
struct SchemaTable {
    private let schema: JSON

    init(_ schema: JSON) {
        self.schema = schema
    }

    func write(to page: inout HTML) {
        if let description = schema["description"]?.string { page.element("p", text: "\(description).") }
        guard let properties = schema["properties"]?.object?.members else {
            page.element("p") { writeKind(to: &$0) }
            return
        }
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        page.element("table") { table in
            for property in properties {
                table.element("tr") { row in
                    row.element("th") { $0.element("code", text: property.name) }
                    row.element("td", text: required.contains(property.name) ? "required" : "optional")
                    row.element("td") { cell in
                        let described = SchemaTable(property.value)
                        described.writeKind(to: &cell)
                        if let description = property.value["description"]?.string { cell.put(". \(description)") }
                    }
                }
            }
        }
    }

    /// What kind of value it is, and within which limits.
    func writeKind(to page: inout HTML) {
        if let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last {
            page.element("a", ["href": "#schema-\(name)"], text: String(name))
        } else if let forms = schema["anyOf"]?.array {
            for (index, form) in forms.enumerated() {
                if index > 0 { page.put(" or ") }
                SchemaTable(form).writeKind(to: &page)
            }
        } else if schema["type"]?.string == "array" {
            page.put("list of ")
            SchemaTable(schema["items"] ?? .null).writeKind(to: &page)
        } else {
            page.put(schema["type"]?.string ?? "any value")
            if let format = schema["format"]?.string { page.put(" (\(format))") }
            writeLimits(to: &page)
        }
    }

    private func writeLimits(to page: inout HTML) {
        if let allowed = schema["enum"]?.array?.compactMap(\.string) {
            page.put(": \(allowed.joined(separator: ", "))")
        }
        if let pattern = schema["pattern"]?.string {
            page.put(" matching ")
            page.element("code", text: pattern)
        }
        let limits = [
            ("minimum", "at least "), ("maximum", "at most "), ("minLength", "at least "), ("maxLength", "at most "),
        ]
        for (name, words) in limits {
            guard case .integer(let limit)? = schema[name] else { continue }
            let unit = name.hasSuffix("Length") ? (limit == 1 ? " character" : " characters") : ""
            page.put(", \(words)\(limit)\(unit)")
        }
    }
}
