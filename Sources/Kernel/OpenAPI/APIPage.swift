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
        page.document(title: title, stylesheet: "docs/style.css", isWide: true) { body in
            body.element("header") { header in
                header.element("h1", text: title)
                header.element("p") { line in
                    line.put("\(document["info"]?["description"]?.string ?? "") Version ")
                    line.put("\(document["info"]?["version"]?.string ?? ""), described for programs in ")
                    line.element("a", ["href": "openapi.json"], text: "openapi.json")
                    line.put("; ")
                    line.element("a", ["href": "."], text: "all that is here")
                    line.put(".")
                }
            }
            body.element("nav", ["aria-label": "Operations"]) { writeContents(to: &$0) }
            body.element("main") { writeOperations(to: &$0) }
        }
        return page.text
    }

    private func writeOperations(to main: inout HTML) {
        Conventions.write(to: &main)
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

    private func writeContents(to page: inout HTML) {
        for tag in tags {
            page.element("h2", text: tag)
            page.element("ul") { list in
                for operation in operations where operation.tag == tag {
                    list.element("li") { item in
                        item.element(
                            "a", ["href": "#\(operation.id)", "class": operation.isDeprecated ? "deprecated" : ""]
                        ) { link in
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
    var isDeprecated: Bool { members["deprecated"] == true }
    var tag: String { members["tags"]?.array?.first?.string ?? "" }
}

/// What holds for all operations, told once.
private enum Conventions {
    static func write(to main: inout HTML) {
        main.element("section") { section in
            section.element("p") { line in
                line.put("In the lines for curl, URL is where this service is: the address of this page without ")
                line.element("code", text: "/docs")
                line.put(", such as ")
                line.element("code", text: "URL=localhost:8000")
                line.put(".")
            }
            section.element("details") { details in
                details.element("summary", text: "What holds for every operation")
                details.element("ul") { list in
                    for rule in rules { list.element("li", text: rule) }
                }
            }
        }
    }

    private static let rules = [
        "HEAD is there wherever GET is, with the same headers.",
        "What GET shows has an ETag, unless it is streamed: with If-None-Match, the answer is 304 while nothing has changed.",
        "Answers of a kilobyte and more come in zstd or gzip if Accept-Encoding asks for it.",
        "Errors come as RFC 9457 has them if Accept names application/problem+json.",
        "Every answer has an X-Request-ID, under which the log has the request; one that the request brings is kept.",
        "An answer with Deprecation is of an alias; its Link tells what to use for anything new.",
    ]
}
