import Kernel

/// One page: what stands between the navigation and the end of the window.
struct Page: Sendable {
    /// Where in the navigation it is.
    enum Section: Sendable, Hashable {
        case now, jobs, targets, datasets, release, maintenance, system
        case panel(String)
    }

    var status = Status.ok
    /// Seconds after which it may be tried again.
    var retryAfter: Int?
    let title: String
    let section: Section?
    /// What its title says beside the name, as markup: a status.
    var mark = HTML()
    /// What can be done with the whole, at the side of the title.
    var actions = HTML()
    /// Whether what it shows changes by itself: then it is fetched anew when something has happened.
    var isLive = false
    /// Whether some of it changes without the service being told, as files do: then it is also fetched every few seconds.
    var isWatched = false
    /// The one thing whose changes matter to it; nil for anything.
    var subject: String?
    var content = HTML()

    init(_ title: String, _ section: Section?, isLive: Bool = false, _ content: (inout HTML) throws -> Void) rethrows {
        self.title = title
        self.section = section
        self.isLive = isLive
        try content(&self.content)
    }
}

/// What becomes of a form that was sent.
enum Outcome: Sendable {
    /// It is done; the browser goes on to another page (RFC 9110 section 15.4.4), which a reload may fetch again.
    /// - Parameter principal: who did it, if that was found out by doing it.
    case done(String, headers: [(name: String, value: String)] = [], by: Principal? = nil)
    /// It is not: the form again, with what is wrong.
    case again(Page)

    /// - Parameter status: of the answer.
    static func again(_ page: Page, _ status: Status) -> Outcome {
        var page = page
        page.status = status
        return .again(page)
    }
}
