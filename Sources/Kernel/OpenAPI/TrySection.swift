/// Ways to try an operation that only reads, made of plain links and forms: a page without scripts cannot put a value into
/// a path, so that those with captures have none.
struct TrySection {
    private let operation: DescribedOperation
    private let parameters: [JSON]

    /// nil where there is nothing to try.
    init?(_ operation: DescribedOperation, _ parameters: [JSON]) {
        let content = operation.members["responses"]?["200"]?["content"]?.object?.members.map(\.name) ?? []
        let isShort = !content.contains("text/event-stream")
        guard operation.method == "get", isShort, !operation.path.contains("{") else { return nil }
        self.operation = operation
        self.parameters = parameters.filter { $0["in"]?.string == "query" }
    }

    private var target: String { operation.path == "/" ? "." : String(operation.path.dropFirst()) }

    func write(to page: inout HTML) {
        page.element("h4", text: "Try it")
        page.element("p") { $0.element("a", ["href": target], text: "GET \(operation.path)") }
        let (chosen, typed) = (
            parameters.filter { choices(of: $0) != nil }, parameters.filter { choices(of: $0) == nil }
        )
        if !chosen.isEmpty { writeForm(of: chosen, to: &page) }
        // One that is left empty would be sent all the same, which the service refuses: each has a form of its own.
        for parameter in typed { writeForm(of: [parameter], to: &page) }
    }

    private func writeForm(of parameters: [JSON], to page: inout HTML) {
        page.element("form", ["action": target, "method": "get"]) { form in
            for parameter in parameters {
                let name = parameter["name"]?.string ?? ""
                form.element("label") { label in
                    label.put("\(name) ")
                    if let choices = choices(of: parameter) {
                        label.element("select", ["name": name]) { select in
                            // What is disabled is not sent.
                            select.element("option", ["value": "", "selected": "", "disabled": ""], text: "any")
                            for choice in choices { select.element("option", text: choice) }
                        }
                    } else {
                        label.element("input", ["name": name, "required": "", "autocomplete": "off"]) { _ in }
                    }
                }
            }
            form.element("button", text: "GET")
            if parameters.count > 1 { form.element("button", ["type": "reset"], text: "Reset") }
        }
    }

    /// The values to choose from; nil for a parameter whose value is to be typed.
    private func choices(of parameter: JSON) -> [String]? {
        let schema = parameter["schema"]?["items"] ?? parameter["schema"] ?? .null
        if let allowed = schema["enum"]?.array { return allowed.compactMap(\.string) }
        if schema["anyOf"]?.array?.contains(where: { $0["type"]?.string == "boolean" }) == true {
            return ["true", "false"]
        }
        switch schema["type"]?.string {
        case "boolean": return ["true", "false"]
        case "integer":
            guard case .integer(let most)? = schema["maximum"] else { return nil }
            return [1, 10, 100, 1000, 10_000].filter { $0 <= most }.map(String.init)
        default: return nil
        }
    }
}
