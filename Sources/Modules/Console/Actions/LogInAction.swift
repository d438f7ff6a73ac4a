import Authentication
import Kernel

/// Logs somebody in by an API key.
struct LogInAction: Action {
    let visit: Visit
    private let key: String

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
        key = fields.word("key") ?? ""
    }

    func perform(_ permissions: Permissions) async -> Outcome {
        if let session = visit.console.sessions?.session(for: key) {
            return .done(
                visit.place.page(query: Notice.loggedIn.item()),
                headers: [SessionCookie.set(session, for: visit.request)],
                by: await Permissions(of: Visit(visit.request, visit.console, key: key)).principal)
        }
        var view = LogInView(visit)
        view.problem = "This key is not known."
        var page = view.page(permissions)
        page.status = .unauthorized
        return .again(page)
    }
}

/// Has the browser forget who it was.
struct LogOutAction: Action {
    let visit: Visit

    init(_ visit: Visit, _ fields: FormFields) {
        self.visit = visit
    }

    func perform(_ permissions: Permissions) -> Outcome {
        .done(
            visit.place.page(query: Notice.loggedOut.item()), headers: [SessionCookie.clear(for: visit.request)])
    }
}
