import Kernel

/// What a page says that cannot be shown, or an action that failed as a whole.
struct ErrorView {
    private let visit: Visit
    private let error: HTTPError

    init(_ visit: Visit, _ error: HTTPError) {
        self.visit = visit
        self.error = error
    }

    func page(_ permissions: Permissions) -> Page {
        var page = Page(title, nil) { page in
            LogInHint.write(error.message, visit, to: &page)
            page.element("p") { line in
                if error.status == .serviceUnavailable {
                    line.link(visit.place.page(), "Try again")
                    line.put(" in a few seconds. ")
                } else {
                    line.link(visit.place.page(), "To the first page")
                }
            }
            page.element("p", ["class": "hint"]) { line in
                line.put("The log has more about it under the request id ")
                line.element("code", text: visit.request.id.description)
                line.put(".")
            }
        }
        page.status = error.status
        page.retryAfter = error.retryAfter
        return page
    }

    private var title: String {
        switch error.status {
        case .notFound: "Not found"
        case .serviceUnavailable: "Not now"
        case .unauthorized, .forbidden: "Not allowed"
        default: "That did not work"
        }
    }
}
