/// The description of what a stack serves as a page for people: the OpenAPI document in HTML, made once, without a
/// script and without anything from elsewhere.
struct APIPage {
    private let document: JSON

    init(_ document: JSON) {
        self.document = document
    }

    var html: String {
        let title = document["info"]?["title"]?.string ?? ""
        var page = HTML()
        page.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        page.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
        page.raw("<link rel=\"stylesheet\" href=\"docs/style.css\">")
        page.element("title", text: title)
        page.raw("</head><body>")
        page.element("header") { header in
            header.element("h1", text: title)
            header.element("p") { line in
                line.put("\(document["info"]?["description"]?.string ?? "") Version ")
                line.put("\(document["info"]?["version"]?.string ?? ""), described for programs in ")
                line.element("a", ["href": "openapi.json"], text: "openapi.json")
                line.put(".")
            }
        }
        page.element("nav", ["aria-label": "Operations"]) { writeContents(to: &$0) }
        page.element("main") { main in
            for tag in tags {
                main.element("section") { section in
                    section.element("h2", text: tag)
                    for operation in operations where operation.tag == tag {
                        OperationSection(operation, document).write(to: &section)
                    }
                }
            }
            main.element("section") { section in
                section.element("h2", text: "shapes")
                for member in document["components"]?["schemas"]?.object?.members ?? [] {
                    section.element("article", ["id": "schema-\(member.name)"]) { article in
                        article.element("h3", text: member.name)
                        SchemaTable(member.value).write(to: &article)
                    }
                }
            }
        }
        page.raw("</body></html>")
        return page.text
    }

    private func writeContents(to page: inout HTML) {
        for tag in tags {
            page.element("h2", text: tag)
            page.element("ul") { list in
                for operation in operations where operation.tag == tag {
                    list.element("li") { item in
                        item.element("a", ["href": "#\(operation.id)"]) { link in
                            link.element(
                                "span", ["class": "method \(operation.method)"], text: operation.method.uppercased())
                            link.put(" \(operation.path)")
                        }
                    }
                }
            }
        }
    }

    private var tags: [String] { document["tags"]?.array?.compactMap { $0["name"]?.string } ?? [] }

    private var operations: [DescribedOperation] {
        (document["paths"]?.object?.members ?? []).flatMap { path in
            (path.value.object?.members ?? []).map { DescribedOperation(path: path.name, method: $0.name, $0.value) }
        }
    }
}

/// One operation of the document, with where it stands there.
struct DescribedOperation {
    let path: String
    let method: String
    let members: JSON

    init(path: String, method: String, _ members: JSON) {
        self.path = path
        self.method = method
        self.members = members
    }

    var id: String { members["operationId"]?.string ?? "" }
    var tag: String { members["tags"]?.array?.first?.string ?? "" }
}
