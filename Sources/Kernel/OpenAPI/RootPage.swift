/// `GET /`: where everything is that a stack has, for people as a page and for programs as JSON. Its links are relative,
/// so that they hold behind a proxy that serves this service under a prefix.
struct RootPage {
    private let identity: ServiceIdentity
    private let links: [Link]

    private struct Link {
        let module: String
        /// From the root.
        let href: String
        let summary: String
    }

    /// - Parameter routes: those of the stack; what can be opened as it stands is linked.
    init(_ identity: ServiceIdentity, _ routes: [Route]) {
        self.identity = identity
        let isOpen = { (route: Route) in
            route.method == .get && route.pattern.captures.isEmpty && route.successor == nil && !route.isPartOfPage
        }
        let first = ["/docs", "/openapi.json", "/health/ready", "/health/alive", "/metrics", "/version"]
        let links = routes.filter(isOpen).map { route in
            Link(
                module: route.module, href: String(route.pattern.description.dropFirst()),
                summary: route.operation.summary)
        }
        func place(_ link: Link) -> Int { first.firstIndex(of: "/\(link.href)") ?? first.count }
        let ofKernel = links.filter { $0.module == "kernel" }.sorted { place($0) < place($1) }
        self.links = ofKernel + links.filter { $0.module != "kernel" }
    }

    var json: JSON {
        [
            "service": .string(identity.service), "version": .string(identity.version),
            "stack": .string(identity.stack),
            "links": .array(
                links.map { link in
                    [
                        "href": .string(link.href), "title": .string(link.summary), "module": .string(link.module),
                    ]
                }),
        ]
    }

    /// Those that have something to be opened, in order.
    private var modules: [String] {
        links.map(\.module).reduce(into: []) { found, module in if !found.contains(module) { found.append(module) } }
    }

    static let schema = JSONSchema.object(
        "Root",
        [
            .required("service", .string()), .required("version", .string()), .required("stack", .string()),
            .required(
                "links",
                .array(
                    of: .object(
                        "Link",
                        [
                            .required("href", .string("Relative to this path", example: "openapi.json")),
                            .required("title", .string()), .required("module", .string()),
                        ]))),
        ], "Where everything is that this stack has")

    var html: String {
        var page = HTML()
        page.document(title: identity.service, stylesheet: "docs/style.css", isWide: false) { body in
            body.element("header") { header in
                header.element("h1", text: identity.service)
                header.element("p", text: "Version \(identity.version), stack \(identity.stack)")
            }
            body.element("main") { main in
                for module in modules {
                    main.element("h2", text: module == "kernel" ? "service" : module)
                    main.element("dl") { list in
                        for link in links where link.module == module {
                            list.element("dt") { $0.element("a", ["href": link.href], text: "/\(link.href)") }
                            list.element("dd", text: link.summary)
                        }
                    }
                }
            }
        }
        return page.text
    }
}

extension Route {
    /// Whether it serves what pages are made of, and nothing that anybody would open.
    fileprivate var isPartOfPage: Bool {
        switch operation.reply {
        case .media(.css), .media(.javaScript): true
        default: false
        }
    }

    /// `GET /`, which leads to the other routes.
    /// - Parameter headers: of the page.
    static func root(_ identity: ServiceIdentity, _ routes: [Route], pageHeaders headers: Headers) -> Route {
        let root = RootPage(identity, routes)
        let (page, data) = (Array(root.html.utf8), root.json.bytes)
        let varied = Headers([("Vary", "Accept")])
        var pageHeaders = headers
        pageHeaders.add("Vary", "Accept")
        return Route(
            .get, "/",
            Operation(
                "Leads to everything that this stack has: a page for people, JSON for programs", access: .anyone,
                reply: .json(RootPage.schema)),
            immediate: { [pageHeaders] request in
                request.headers.preferHTML
                    ? Response(contentType: .html, headers: pageHeaders, body: .bytes(page))
                    : Response(headers: varied, body: .bytes(data))
            })
    }
}

extension ContentType {
    fileprivate static func ~= (pattern: ContentType, value: ContentType) -> Bool { pattern == value }
}

extension Headers {
    /// Whether the client is a browser, which names HTML; whoever takes anything gets JSON.
    fileprivate var preferHTML: Bool {
        let accepted = WeightedList(values(of: "Accept"))
        let html = accepted.weight(of: "text/html") ?? 0
        return html > 0 && html >= accepted.weight(of: "application/json") ?? 0
    }
}
