import Jobs
import Kernel

/// The form that fails a job.
struct FailJobView: ReasonedView {
    let visit: Visit
    var reason: String?
    var problem: String?

    init(_ visit: Visit) {
        self.visit = visit
    }

    func page(_ permissions: Permissions) async throws -> Page {
        let id = visit.request.parameters["jobId"] ?? ""
        let job = try await visit.job(id)
        return Page("Fail \(job.target ?? id)", .jobs) { page in
            if let problem { LogInHint.write(problem, visit, to: &page) }
            if job.status?.isFinal == true {
                return page.element("p", ["class": "notice warn"]) { line in
                    line.put("It has come to its end meanwhile, and is ")
                    line.status(job.statusName)
                    line.put(" now. ")
                    line.link(visit.place.job(id), "Show it")
                }
            }
            page.element("p") { line in
                line.put("The job is ")
                line.status(job.statusName)
                line.put(". An executor that works on it is not stopped, but what it says of the job is refused.")
            }
            page.element("form", ["class": "form", "method": "post", "action": visit.place.page("jobs", id, "fail")]) {
                form in
                form.area("reason", "Reason", value: reason, hint: "The last line of its log", isRequired: true)
                form.buttons("Fail the job", "danger", back: visit.place.job(id))
            }
        }
    }
}
