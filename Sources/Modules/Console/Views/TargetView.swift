import Jobs
import Kernel

/// One target: what blocks it, and every job that has touched it.
struct TargetView: View {
    let visit: Visit

    private static let most = 200

    func page(_ permissions: Permissions) async throws -> Page {
        let name = visit.request.parameters["name"] ?? ""
        let listed = try await visit.jobs("/targets/\(PercentEncoding.encode(name))/jobs")
        let jobs = listed.sorted { ($0.createdAt ?? "") > ($1.createdAt ?? "") }
        let blocking = jobs.filter { $0.status?.isFinal != true && $0.target == name }
        var page = Page(name, .targets, isLive: true) { page in
            page.element("div", ["id": "target"]) { write(jobs, blocking, to: &$0) }
        }
        if permissions.canPost, blocking.isEmpty, !jobs.isEmpty {
            page.actions.action(
                visit.place.page("jobs", "new", query: [QueryItem("target", name)]), "New job", "primary")
        }
        return page
    }

    private func write(_ jobs: [Job], _ blocking: [Job], to page: inout HTML) {
        if !blocking.isEmpty {
            page.element("p", ["class": "notice warn"]) { line in
                line.put("Blocked by ")
                for (index, job) in blocking.enumerated() {
                    if index > 0 { line.put(", ") }
                    line.link(visit.place.job(job.id ?? ""), "the \(job.operationName ?? "") job")
                    line.put(" that is ")
                    line.status(job.statusName)
                }
                line.put(" Until it ends no other job of this target can be queued.")
            }
        }
        if jobs.isEmpty { return page.empty("No job has touched this target.") }
        page.heading("History")
        if jobs.count > Self.most {
            page.element("p", text: "The last \(Self.most) of \(jobs.count) jobs.")
        }
        JobTable(
            place: visit.place, caption: "Jobs of the target, the newest first", withLastLine: true, isOfTarget: true
        )
        .write(Array(jobs.prefix(Self.most)), to: &page)
    }
}
