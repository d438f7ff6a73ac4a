import Kernel

/// What stands where a form would be whose button would be refused.
struct Refusal {
    private let title: String
    private let section: Page.Section
    private let visit: Visit

    init(_ title: String, _ section: Page.Section, _ visit: Visit) {
        (self.title, self.section, self.visit) = (title, section, visit)
    }

    func page(_ permissions: Permissions) -> Page {
        let isKnown = visit.hasSession || permissions.principal.map { $0.kind != .anonymous } ?? false
        var page = Page(title, section) { page in
            page.problem(
                isKnown
                    ? "Forbidden: whoever you are logged in as may not do this." : "Unauthorized: log in to do this."
            ) { line in
                if permissions.canLogIn { line.link(visit.place.page("login"), "Log in") }
            }
        }
        page.status = isKnown ? .forbidden : .unauthorized
        return page
    }
}
