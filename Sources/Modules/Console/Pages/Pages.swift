import Kernel

/// Something to look at.
protocol View: Sendable {
    func page(_ permissions: Permissions) async throws -> Page
}

/// Something to do, by a form that is sent.
protocol Action: Sendable {
    init(_ visit: Visit, _ fields: FormFields)
    func perform(_ permissions: Permissions) async throws -> Outcome
}

/// Makes routes of views and actions: each answers with a page, whatever goes wrong.
struct Pages {
    private let console: Console
    private let kernel: any Registrar

    init(_ console: Console, _ kernel: any Registrar) {
        self.console = console
        self.kernel = kernel
    }

    func show<V: View>(_ pattern: RoutePattern, _ summary: String, _ make: @escaping @Sendable (Visit) -> V) {
        kernel.route(.get, pattern, .page(summary)) { [console] request in
            try await Self.answer(Visit(request, console), make)
        }
    }

    /// A view of all that stands nowhere else; `/console/` with nothing behind its slash leads to the first page.
    func showRest<V: View>(_ pattern: RoutePattern, _ summary: String, _ make: @escaping @Sendable (Visit) -> V) {
        kernel.route(.get, pattern, .page(summary)) { [console] request in
            let visit = Visit(request, console)
            if request.segments.last?.isEmpty == true, request.segments.count == 2 {
                return Self.redirect(visit.place.page(query: request.query))
            }
            return try await Self.answer(visit, make)
        }
    }

    private static func answer<V: View>(
        _ visit: Visit, _ make: @Sendable (Visit) -> V
    ) async throws -> Response {
        let permissions = await Permissions(of: visit)
        return try await told(visit, permissions) {
            response(to: visit, try await make(visit).page(permissions), permissions)
        }
    }

    /// A view that leads on to another one.
    func show(
        _ pattern: RoutePattern, _ summary: String, forward: @escaping @Sendable (Visit) async throws -> String
    ) {
        kernel.route(.get, pattern, .page(summary)) { [console] request in
            Self.redirect(try await forward(Visit(request, console)))
        }
    }

    func take<A: Action>(
        _ pattern: RoutePattern, _ summary: String, _ make: @escaping @Sendable (Visit, FormFields) -> A
    ) {
        // Whether they may is what the service's own routes say, which the action goes through.
        kernel.route(.post, pattern, .page(summary)) { [console] request in
            let visit = Visit(request, console)
            let permissions = await Permissions(of: visit)
            return try await Self.told(visit, permissions) {
                let action = make(visit, FormFields(try request.formBody()))
                let line = ActionLine(summary, visit, permissions)
                do {
                    let outcome = try await action.perform(permissions)
                    line.write(outcome)
                    switch outcome {
                    case .done(let target, let headers, _): return Self.redirect(target, headers)
                    case .again(let page): return Self.response(to: visit, page, permissions)
                    }
                } catch let error as HTTPError {
                    line.write(error.status)
                    throw error
                }
            }
        }
    }

    /// Tells of what goes wrong on a page.
    private static func told(
        _ visit: Visit, _ permissions: Permissions, _ body: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await body()
        } catch let error as HTTPError {
            return response(to: visit, ErrorView(visit, error).page(permissions), permissions)
        }
    }

    private static func redirect(_ target: String, _ more: [(name: String, value: String)] = []) -> Response {
        var headers = Headers([("Location", target), ("Cache-Control", "no-store")])
        for header in more { headers.add(header.name, header.value) }
        return Response(.seeOther, contentType: .html, headers: headers)
    }

    private static func response(to visit: Visit, _ page: Page, _ permissions: Permissions) -> Response {
        let html = Layout(visit: visit, page: page, permissions: permissions).html
        var headers = headers
        if let seconds = page.retryAfter { headers.add("Retry-After", String(seconds)) }
        return Response(page.status, contentType: .html, headers: headers, body: .bytes(Array(html.text.utf8)))
    }

    /// Nothing but the pages' own files is loaded, nothing runs that stands in a page, forms lead to this service alone,
    /// and no other page may frame it (Content Security Policy Level 3). Without a referrer browsers would not say which
    /// page a form comes from either.
    private static let headers = Headers([
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "private, no-cache"),
        ("Vary", "Cookie"),
    ])
}

extension Operation {
    fileprivate static func page(_ summary: String) -> Operation {
        Operation(summary, access: .anyone, reply: .media(.html), isQuiet: true)
    }
}
