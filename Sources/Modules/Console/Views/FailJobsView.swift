import Jobs
import Kernel

/// The form that fails all jobs in progress that a list shows.
struct FailJobsView: View {
    let visit: Visit
    var reason: String?
    var problem: String?

    init(_ visit: Visit) {
        self.visit = visit
    }

    func page(_ permissions: Permissions) async throws -> Page {
        // Nothing is counted for somebody who may not change any.
        guard permissions.canUpdate else { return Refusal("Fail jobs", .jobs, visit).page(permissions) }
        return try await page(Selection(JobsFilter(FormFields(visit.request.query)), until: .now))
    }

    func page(_ selection: Selection) async throws -> Page {
        page(selection, try await selection.ids(visit).count)
    }

    func page(_ selection: Selection, _ count: Int) -> Page {
        let filter = selection.filter
        return Page("Fail jobs", .jobs) { page in
            if let problem { LogInHint.write(problem, visit, to: &page) }
            if count == 0 {
                return page.empty("None of these is in progress: \(filter.words).") { line in
                    line.link(visit.place.page("jobs", query: filter.items), "Back to the list")
                }
            }
            page.element("p") { line in
                line.element("strong", text: count == 1 ? "One job" : "\(count) jobs")
                line.put(" in progress will fail, of ")
                line.data(filter.words)
                line.put(". What has ended, and what is posted from now on, is left alone.")
            }
            page.element("form", ["class": "form", "method": "post", "action": visit.place.page("jobs", "fail")]) {
                form in
                for item in filter.items { form.hidden(item.name, item.value) }
                form.hidden("until", selection.until.description)
                form.hidden("count", String(count))
                form.area("reason", "Reason", value: reason, hint: "The last line of each log", isRequired: true)
                form.field(
                    "confirmation", "Type \(count) to confirm", value: nil, hint: "The number of jobs",
                    isRequired: true,
                    most: 12)
                form.buttons(
                    count == 1 ? "Fail the job" : "Fail \(count) jobs", "danger",
                    back: visit.place.page("jobs", query: filter.items))
            }
        }
    }
}

/// The jobs in progress of a list, as it was at a moment.
struct Selection: Sendable {
    let filter: JobsFilter
    /// Those created later are none of them.
    let until: Timestamp

    init(_ filter: JobsFilter, until: Timestamp) {
        self.filter = filter
        self.until = until
    }

    /// Their ids, each once.
    /// - Throws: `HTTPError` 400 for a bound that cannot be read: without it there would be more.
    func ids(_ visit: Visit) async throws -> [String] {
        guard filter.wantsInProgress else { return [] }
        var query = filter.query + [QueryItem("ignoreCompleted", "true"), QueryItem("limit", "1000")]
        var end = until
        if let before = query.first(where: { $0.name == "createdBefore" })?.value {
            guard let before = Timestamp(before) else {
                throw HTTPError(
                    .badRequest, code: "console.created-before",
                    message: "createdBefore is \(before.excerpt), which is no instant: write it as YYYY-MM-DD")
            }
            end = min(before, until)
        }
        query.removeAll { $0.name == "createdBefore" }
        query.append(QueryItem("createdBefore", end.description))
        var ids: [String] = []
        var after: String?
        repeat {
            let target = PercentEncoding.target(filter.path, query + (after.map { [QueryItem("after", $0)] } ?? []))
            let reply = try await visit.send(.get, target).checked()
            ids += (reply.json.array ?? []).compactMap { Job($0).id }
            after = reply.next
        } while after != nil
        // One that moves meanwhile may be on two pages.
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }
    }
}
