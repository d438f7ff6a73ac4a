import Jobs
import Kernel

/// The list of jobs, the newest first, page by page.
struct JobsView: View {
    let visit: Visit

    private static let limit = "50"

    func page(_ permissions: Permissions) async throws -> Page {
        let fields = FormFields(visit.request.query)
        let (filter, after) = (JobsFilter(fields), fields.word("after"))
        var query = filter.query + [QueryItem("order", "newest"), QueryItem("limit", Self.limit)]
        if let after { query.append(QueryItem("after", after)) }
        let reply = try await visit.send(.get, PercentEncoding.target(filter.path, query))
        guard reply.isDone || reply.status == .badRequest else { throw try Self.failure(of: reply) }
        let jobs = (reply.json.array ?? []).map(Job.init)
        let parts = try await Parts(visit)
        var page = Page("Jobs", .jobs, isLive: reply.isDone) { page in
            writeFilter(filter, parts, to: &page)
            page.element("div", ["id": "list", "data-first": after == nil ? "" : nil]) { list in
                guard reply.isDone else { return list.problem(reply.message) }
                writeList(jobs, filter, reply.next, isFirst: after == nil, permissions, to: &list)
            }
        }
        if !reply.isDone { page.status = .badRequest }
        if permissions.canPost {
            page.actions.action(visit.place.page("jobs", "new"), "New job", "primary")
        }
        return page
    }

    private static func failure(of reply: Reply) throws -> any Error {
        _ = try reply.checked()
        return CancellationError()
    }

    private func writeList(
        _ jobs: [Job], _ filter: JobsFilter, _ next: String?, isFirst: Bool, _ permissions: Permissions,
        to list: inout HTML
    ) {
        if jobs.isEmpty {
            return list.empty(filter.isEmpty ? "There are no jobs yet." : "No job matches.") { line in
                if !filter.isEmpty {
                    line.link(visit.place.page("jobs"), "Show all jobs")
                } else if permissions.canPost {
                    line.link(visit.place.page("jobs", "new"), "Queue the first one")
                }
            }
        }
        JobTable(place: visit.place, caption: "Jobs, the newest first").write(jobs, to: &list)
        list.element("p", ["class": "buttons pages-of-list"]) { line in
            if !isFirst { line.link(visit.place.page("jobs", query: filter.items), "Newest", class: "button quiet") }
            if let next {
                let items = filter.items + [QueryItem("after", next)]
                line.link(visit.place.page("jobs", query: items), "Older", class: "button quiet")
            }
            if permissions.canUpdate, filter.wantsInProgress {
                let text = filter.isEmpty ? "Fail all in progress…" : "Fail all that match…"
                line.action(visit.place.page("jobs", "fail", query: filter.items), text, "danger quiet")
            }
        }
    }

    private func writeFilter(_ filter: JobsFilter, _ parts: Parts, to page: inout HTML) {
        page.element("form", ["class": "filter", "method": "get", "action": visit.place.page("jobs")]) { form in
            form.choice(
                "status", "Status", .words(JobStatus.allCases.map(\.rawValue), none: "any"), value: filter.status)
            form.choice(
                "operation", "Operation", .words(JobOperation.allCases.map(\.rawValue), none: "any"),
                value: filter.operation)
            form.field("target", "Target", value: filter.target, most: 128)
            form.field("createdBy", "User ID", value: filter.creator, most: 256)
            form.field("createdAfter", "Since (UTC)", value: filter.since, type: Self.type(filter.since))
            form.field("createdBefore", "Before (UTC)", value: filter.before, type: Self.type(filter.before))
            if !parts.names.isEmpty {
                form.choice("datastore", "Datastore", .words(parts.names, none: "all"), value: filter.part)
            }
            form.element("p", ["class": "buttons"]) { line in
                line.element("button", ["class": "button"], text: "Filter")
                if !filter.isEmpty { line.link(visit.place.page("jobs"), "Clear", class: "button quiet") }
            }
        }
    }
}

extension JobsView {
    /// A field for a day shows no other instants, which an address may have.
    fileprivate static func type(_ value: String?) -> String {
        value.map { $0.utf8.count == 10 } ?? true ? "date" : "text"
    }
}

/// The datastores, where there are several.
struct Parts: Sendable {
    let names: [String]

    init(_ visit: Visit) async throws {
        names =
            visit.console.has(.get, "/datastores/rdns")
            ? (try await visit.get("/datastores/rdns").array ?? []).compactMap(\.string) : []
    }
}
