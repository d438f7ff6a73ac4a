/// One operation on the page: what it is for, what goes in, what comes out and why it may be refused.
struct OperationSection {
    private let operation: DescribedOperation
    private let document: JSON

    init(_ operation: DescribedOperation, _ document: JSON) {
        self.operation = operation
        self.document = document
    }

    func write(to page: inout HTML) {
        page.element("article", ["id": operation.id]) { article in
            article.element("h3") { heading in
                heading.element("span", ["class": "method \(operation.method)"], text: operation.method.uppercased())
                heading.put(" ")
                heading.element("code", text: operation.path)
            }
            article.element("p", text: "\(operation.members["summary"]?.string ?? "").")
            if operation.isDeprecated {
                article.element("p", ["class": "deprecated"], text: "An alias, not to be used for anything new.")
            }
            writeSecurity(to: &article)
            writeParameters(to: &article)
            if let content = operation.members["requestBody"]?["content"] {
                article.element("h4", text: "Request body")
                writeContent(content, to: &article)
            }
            article.element("h4", text: "Responses")
            article.element("table") { table in
                for response in operation.members["responses"]?.object?.members ?? [] {
                    writeResponse(response, to: &table)
                }
            }
            article.element("pre", ["class": "curl"], text: CurlLine(operation).text)
            TrySection(operation, parameters)?.write(to: &article)
        }
    }

    private func writeSecurity(to page: inout HTML) {
        let alternatives =
            operation.members["security"]?.array?.compactMap(\.object).filter { !$0.members.isEmpty } ?? []
        guard !alternatives.isEmpty else { return }
        page.element("p") { line in
            line.put("For the role ")
            for (index, alternative) in alternatives.enumerated() {
                if index > 0 { line.put("; or for ") }
                let role = alternative.members.first?.value.array?.first?.string
                line.element("strong", text: role ?? "")
                line.put(": ")
                writeSchemes(alternative.members.map(\.name), to: &line)
            }
            line.put(".")
        }
    }

    /// The credentials that are asked for together.
    private func writeSchemes(_ names: [String], to line: inout HTML) {
        let schemes = names.compactMap { document["components"]?["securitySchemes"]?[$0] }
        for (index, scheme) in schemes.enumerated() {
            if index > 0 { line.put(" and ") }
            line.put("the \(scheme["in"]?.string ?? "") ")
            line.element("code", text: scheme["name"]?.string ?? "")
            line.put(" (\(scheme["description"]?.string ?? ""))")
        }
    }

    /// Without those that every operation of its kind has.
    private var parameters: [JSON] {
        (operation.members["parameters"]?.array ?? []).compactMap { parameter in
            guard let reference = parameter["$ref"]?.string else { return parameter }
            guard reference != HeaderParameter.ifNoneMatch.reference else { return nil }
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            return document["components"]?["parameters"]?[name]
        }
    }

    private func writeParameters(to page: inout HTML) {
        let parameters = parameters
        guard !parameters.isEmpty else { return }
        page.element("h4", text: "Parameters")
        page.element("table") { table in
            for parameter in parameters {
                table.element("tr") { row in
                    row.element("th") { $0.element("code", text: parameter["name"]?.string ?? "") }
                    row.element("td", text: "in the \(parameter["in"]?.string ?? "")")
                    row.element("td") { cell in
                        SchemaTable(parameter["schema"] ?? .null).writeKind(to: &cell)
                        if let description = parameter["description"]?.string { cell.put(". \(description)") }
                    }
                }
            }
        }
    }

    private func writeResponse(_ response: JSONObject.Member, to table: inout HTML) {
        table.element("tr") { row in
            row.element("th", text: response.name)
            row.element("td") { cell in
                cell.put(response.value["description"]?.string ?? "")
                if response.name == "200", let content = response.value["content"] {
                    writeContent(content, to: &cell)
                }
            }
        }
    }

    private func writeContent(_ content: JSON, to page: inout HTML) {
        for type in content.object?.members ?? [] {
            page.element("p") { line in
                line.element("code", text: type.name)
                line.put(": ")
                SchemaTable(type.value["schema"] ?? .null).writeKind(to: &line)
            }
            if let example = type.value["example"] {
                page.element("pre") { $0.put(example.indented) }
            }
        }
    }
}
