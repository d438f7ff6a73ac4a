import Kernel

/// A page that another module has declared.
struct PanelView: View {
    let visit: Visit

    func page(_ permissions: Permissions) async throws -> Page {
        let path = visit.request.parameters["panel"] ?? ""
        guard let panel = visit.console.panels.all.first(where: { $0.path == path }) else {
            return NothingView(visit: visit).page(permissions)
        }
        let content = try await panel.content(visit.request)
        return Page(panel.title, .panel(panel.path), isLive: true) { page in
            page.element("div", ["id": "panel"]) { $0.append(content) }
        }
    }
}

/// What stands where there is nothing.
struct NothingView: View {
    let visit: Visit

    func page(_ permissions: Permissions) -> Page {
        var page = Page("Nothing here", nil) { page in
            page.empty("The console has no page at this address.") { $0.link(visit.place.page(), "To the first page") }
        }
        page.status = .notFound
        return page
    }
}
