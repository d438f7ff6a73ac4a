import Jobs
import Kernel

/// The form that says what becomes of a job whose executor has fallen silent.
struct ResolveView: ReasonedView {
    let visit: Visit
    var reason: String?
    var problem: String?

    init(_ visit: Visit) {
        self.visit = visit
    }

    func page(_ permissions: Permissions) async throws -> Page {
        let id = visit.request.parameters["jobId"] ?? ""
        let job = try await visit.job(id)
        let holder = try await Holder.all(visit).holder(of: job)
        return Page("Resolve \(job.target ?? id)", .jobs) { page in
            if let problem { LogInHint.write(problem, visit, to: &page) }
            guard let holder, holder.isHeld else {
                return page.element("p", ["class": "notice warn"]) { line in
                    line.put("It is not held (any more), and is ")
                    line.status(job.statusName)
                    line.put(" now. ")
                    line.link(visit.place.job(id), "Show it")
                }
            }
            page.element("p") { line in
                line.put("The executor ")
                line.data(holder.executor)
                line.put(
                    " has not been heard of for \(holder.age). Make sure that it does not work on the job any more: ")
                line.put("queued again, the job goes to the next executor that asks.")
            }
            let place = visit.place.page("jobs", id, "resolve")
            page.element("form", ["class": "form", "method": "post", "action": place]) { form in
                form.area("reason", "Reason", value: reason, hint: "Goes into the job's log", isRequired: true)
                form.element("p", ["class": "buttons"]) { line in
                    line.element(
                        "button", ["class": "button primary", "name": "action", "value": "requeue"],
                        text: "Queue it again")
                    line.element(
                        "button", ["class": "button danger", "name": "action", "value": "fail"], text: "Fail the job")
                    line.element(
                        "a", ["href": visit.place.job(id), "class": "button quiet", "data-close": ""], text: "Cancel")
                }
            }
        }
    }
}
