extension Route {
    /// `GET /openapi.json`, `GET /docs` and its style, describing the other routes and themselves.
    static func descriptions(of routes: [Route], _ identity: ServiceIdentity) -> [Route] {
        func described(_ document: @escaping @Sendable () -> OpenAPIDocument) -> [Route] {
            [
                Route(
                    .get, "/openapi.json",
                    Operation("Describes what this stack serves", access: .anyone, reply: .json(.any())),
                    made: MadeOnce { Response(body: .bytes(document().json.bytes)) }),
                Route(
                    .get, "/docs",
                    Operation("Describes what this stack serves to people", access: .anyone, reply: .media(.html)),
                    made: MadeOnce {
                        let page = APIPage(document().json).html
                        return Response(contentType: .html, headers: pageHeaders, body: .bytes(Array(page.utf8)))
                    }),
                Route(
                    .get, "/docs/style.css",
                    Operation("How /docs looks", access: .anyone, reply: .media(.css)),
                    immediate: { _ in
                        Response(contentType: .css, headers: pageHeaders, body: .fixed(stylesheet))
                    }),
            ]
        }
        let pages = described { OpenAPIDocument(identity: identity, routes: []) }
        let root = root(identity, routes + pages, pageHeaders: pageHeaders)
        return described { OpenAPIDocument(identity: identity, routes: routes + pages + [root]) } + [root]
    }

    /// Nothing but the page's own style is loaded, forms lead to this service alone, and no other page may frame it (Content Security Policy Level 3).
    private static let pageHeaders = Headers([
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ])

    private static let stylesheet: StaticString = """
        :root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: light-dark(#0550ae, #79c0ff);
                --quiet: light-dark(#57606a, #9198a1); }
        * { box-sizing: border-box; }
        body { margin: 0; font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
        .wide { display: grid; grid-template: auto 1fr / minmax(18rem, auto) 1fr; }
        .narrow { max-width: 48rem; margin: 0 auto; }
        header { grid-column: 1 / 3; padding: 1rem 2rem; border-bottom: 1px solid var(--line); }
        header h1 { margin: 0; font-size: 1.6rem; } header p { margin: .2rem 0 0; }
        nav { padding: 1rem 1rem 2rem 2rem; border-right: 1px solid var(--line); position: sticky; top: 0;
              align-self: start; max-height: 100vh; overflow: auto; font-size: .9rem; }
        nav ul { list-style: none; margin: 0; padding: 0; } nav h2 { font-size: .9rem; margin: 1rem 0 .3rem; }
        main { padding: 1rem 2rem 6rem; max-width: 64rem; min-width: 0; }
        a { color: var(--link); } nav a { text-decoration: none; } .deprecated { color: var(--quiet); }
        h2 { font-size: 1.3rem; } h3 { font-size: 1.05rem; margin: 0; } h4 { margin: .8rem 0 .2rem; }
        article { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; margin: 0 0 1rem; }
        article:target { outline: 2px solid var(--link); } article p { margin: .4rem 0; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0;
                 border-top: 1px solid var(--line); }
        th, td:not(:last-child) { white-space: nowrap; } th { font-weight: 600; }
        code, pre { font: .88em ui-monospace, monospace; } h3 code { overflow-wrap: anywhere; }
        pre { background: var(--soft); border-radius: .4rem; padding: .6rem .8rem; overflow: auto; margin: .4rem 0; }
        .curl { white-space: pre-wrap; overflow-wrap: anywhere; margin-top: .8rem; }
        form { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: end; margin: .4rem 0; }
        label { font-size: .88rem; } input, select, button { font: inherit; max-width: 100%; padding: .1rem .4rem; }
        dt { margin-top: .5rem; font: .95em ui-monospace, monospace; } dd { margin: 0; color: var(--quiet); }
        .method { display: inline-block; min-width: 4rem; text-align: center; border-radius: .3rem; color: #fff;
                  font: 700 .75rem/1.6 ui-monospace, monospace; background: #57606a; }
        .get { background: #1a7f37; } .post { background: #0550ae; } .put { background: #9a6700; }
        .delete { background: #b62324; }
        @media (max-width: 50rem) {
          .wide { display: block; } nav { position: static; border-right: 0; max-height: none; }
          header, nav, main { padding-left: 1rem; padding-right: 1rem; }
          table, tbody, tr, th, td { display: block; } tr { border-top: 1px solid var(--line); padding: .3rem 0; }
          th, td, td:not(:last-child) { border: 0; padding: 0; white-space: normal; }
          nav a { display: inline-block; padding: .2rem 0; overflow-wrap: anywhere; }
        }
        """
}
