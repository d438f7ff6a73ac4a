import Kernel

/// What every page has around it: the head, who one is, the navigation, and what there is to know wherever one looks.
struct Layout {
    let visit: Visit
    let page: Page
    let permissions: Permissions

    private var place: Place { visit.place }
    private var console: Console { visit.console }

    var html: HTML {
        var html = HTML()
        html.raw("<!doctype html><html lang=\"en\">")
        html.element("head") { writeHead(to: &$0) }
        let live = page.isLive ? place.page("live") : nil
        html.element(
            "body", ["data-live": live, "data-subject": page.subject, "data-watched": page.isWatched ? "" : nil]
        ) { body in
            body.link("#content", "Skip to the content", class: "skip")
            body.element("header", ["class": "top"]) { writeTop(to: &$0) }
            body.element("nav", ["aria-label": "Pages", "class": "pages"]) { writeNavigation(to: &$0) }
            body.element("main", ["id": "content", "tabindex": "-1"]) { writeMain(to: &$0) }
            body.element("p", ["id": "news", "role": "status", "aria-live": "polite", "class": "news"]) { _ in }
            body.element("template", ["id": "keys"]) { Keys.write(to: &$0) }
        }
        html.raw("</html>\n")
        return html
    }

    private func writeHead(to head: inout HTML) {
        head.raw("<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
        head.raw("<meta name=\"color-scheme\" content=\"light dark\">")
        head.element("title", text: "\(page.title) · \(console.identity.service) \(console.identity.stack)")
        head.void("link", ["rel": "icon", "type": "image/svg+xml", "href": asset(.icon)])
        head.void("link", ["rel": "stylesheet", "href": asset(.style)])
        head.element("script", ["type": "module", "src": asset(.script)]) { _ in }
    }

    private func asset(_ asset: Assets.Name) -> String { place.service(String(console.assets.path(asset).dropFirst())) }

    private func writeTop(to top: inout HTML) {
        top.element("a", ["href": place.page(), "class": "name"]) { link in
            link.put(console.identity.service)
            link.element("span", ["class": "stack"]) { $0.data(console.identity.stack) }
        }
        top.element("form", ["class": "find", "role": "search", "action": place.page("find"), "method": "get"]) {
            form in
            form.element("label", ["for": "find", "class": "aside"], text: "Find a job or a target")
            form.void(
                "input",
                [
                    "id": "find", "name": "q", "type": "search", "placeholder": "Job ID or target", "maxlength": "200",
                    "autocomplete": "off", "spellcheck": "false",
                ])
        }
        top.element("div", ["class": "who"]) { writeWho(to: &$0) }
    }

    private func writeWho(to who: inout HTML) {
        if let principal = permissions.principal, principal.kind != .anonymous {
            who.data(principal.name.isEmpty ? principal.id : principal.name)
        } else if visit.hasSession {
            who.element("span", text: "a key that only looks")
        }
        if visit.hasSession {
            who.element("form", ["method": "post", "action": place.page("logout")]) { form in
                form.element("button", ["class": "plain"], text: "Log out")
            }
        } else if permissions.canLogIn, permissions.principal.map({ $0.kind == .anonymous }) ?? true {
            who.link(place.page("login"), "Log in")
        }
    }

    private func writeNavigation(to nav: inout HTML) {
        nav.element("ul") { list in
            for item in console.navigation(visit) {
                list.element("li") { entry in
                    let isHere = item.section == page.section
                    entry.element("a", ["href": item.target, "aria-current": isHere ? "page" : nil]) { link in
                        item.icon.write(to: &link)
                        link.element("span", text: item.title)
                    }
                }
            }
        }
    }

    private func writeMain(to main: inout HTML) {
        if permissions.isOpen {
            main.element("p", ["class": "notice warn"]) { line in
                line.element("strong", text: "Authentication is off.")
                line.put(" Everybody who reaches this page may do everything on it.")
            }
        }
        if let notice = Notice.text(in: visit.request.query) {
            main.element("p", ["class": "notice good", "role": "status", "id": "done"], text: notice)
        }
        main.element("div", ["class": "title"]) { title in
            title.element("h1", ["id": "title"]) { heading in
                heading.data(page.title)
                heading.append(page.mark)
            }
            if !page.actions.text.isEmpty { title.element("p", ["class": "buttons"]) { $0.append(page.actions) } }
        }
        main.append(page.content)
    }
}

/// What the keys do; shown by `?`.
private enum Keys {
    static func write(to page: inout HTML) {
        page.element("h2", text: "Keys")
        page.element("dl", ["class": "keys"]) { list in
            for (key, what) in [
                ("/", "find a job or a target"), ("j", "next row"), ("k", "row before"), ("Enter", "open the row"),
                ("?", "this list"), ("Esc", "close it"),
            ] {
                list.element("dt") { $0.element("kbd", text: key) }
                list.element("dd", text: what)
            }
        }
    }
}
