import Kernel

/// What a page says that one comes to after an action. The address names it by a word of this list, so that nobody can
/// have a page say something else.
enum Notice: String, CaseIterable {
    case created, failed, requeued, failedMany = "failed-many", paused, resumed, deleted, level
    case loggedIn = "logged-in", loggedOut = "logged-out", already

    /// The item of the query that leads to it.
    func item(_ count: Int? = nil, left: Int = 0) -> [QueryItem] {
        var items = [QueryItem("done", rawValue)]
        if let count { items.append(QueryItem("count", String(count))) }
        if left > 0 { items.append(QueryItem("left", String(left))) }
        return items
    }

    static func text(in query: [QueryItem]) -> String? {
        func number(_ name: String) -> Int { query.first { $0.name == name }.flatMap { Int($0.value) } ?? 0 }
        return query.first { $0.name == "done" }.flatMap { Notice(rawValue: $0.value) }?
            .text(number("count"), number("left"))
    }

    private func text(_ count: Int, _ left: Int) -> String {
        switch self {
        case .created: "The job is queued."
        case .failed: "The job has failed, as you have said."
        case .requeued: "The job is queued again, for the next executor that asks."
        case .failedMany where left > 0:
            "\(count) jobs have failed, as you have said; \(left) were not changed: they had come to their end meanwhile, "
                + "or there were too many for one turn."
        case .failedMany:
            count == 1 ? "One job has failed, as you have said." : "\(count) jobs have failed, as you have said."
        case .paused: "Paused: no new jobs are started."
        case .resumed: "No longer paused: jobs are started again."
        case .deleted: "The dataset is deleted."
        case .level: "The log has another level now."
        case .loggedIn: "You are logged in."
        case .loggedOut: "You are logged out here."
        case .already: "That was done already: nothing has changed."
        }
    }
}
