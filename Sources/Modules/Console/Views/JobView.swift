import Jobs
import Kernel

/// One job: what it was posted with, what it has gone through, and its log.
struct JobView: View {
    let visit: Visit

    private static let mostLines = 1000
    /// Of a log that is shown as JSON, and what each of its lines takes beside its message.
    private static let (mostBytes, lineSize) = (65_536, 80)

    func page(_ permissions: Permissions) async throws -> Page {
        let id = visit.request.parameters["jobId"] ?? ""
        let job = try await visit.job(id)
        let isFinished = job.status?.isFinal == true
        let holder = isFinished ? nil : try await Holder.all(visit).holder(of: job)
        var page = Page(job.target ?? id, .jobs, isLive: !isFinished) { page in
            page.element("div", ["id": "job"]) { write(job, id, holder, to: &$0) }
        }
        page.subject = id
        page.mark.element("span", ["id": "mark"]) { $0.status(job.statusName) }
        let place = visit.place
        if permissions.canPost {
            page.actions.action(
                place.page("jobs", "new", query: [QueryItem("from", id)]), isFinished ? "Resubmit…" : "Use as template…"
            )
        }
        if permissions.canResolve, holder?.isHeld == true {
            page.actions.action(place.page("jobs", id, "resolve"), "Resolve…", "primary")
        }
        if permissions.canUpdate, !isFinished {
            page.actions.action(place.page("jobs", id, "fail"), "Fail…", "danger")
        }
        return page
    }

    private func write(_ job: Job, _ id: String, _ holder: Holder?, to page: inout HTML) {
        let place = visit.place
        if let holder, holder.isHeld {
            page.element("p", ["class": "notice warn"]) { line in
                line.put("Held: the executor ")
                line.data(holder.executor)
                line.put(
                    " has not been heard of for \(holder.age). The job waits for somebody to say what becomes of it.")
            }
        }
        page.element("dl", ["class": "facts"]) { list in
            list.fact("Operation") { $0.data(job.operationName ?? "–") }
            list.fact("Target") { value in
                guard let target = job.target else { return value.put("–") }
                if visit.console.has(.get, "/targets") {
                    value.element("a", ["href": place.page("targets", target)]) { $0.data(target) }
                } else {
                    value.data(target)
                }
            }
            list.fact("Created") { $0.ago(job.createdAt) }
            list.fact("By") { $0.data(job.createdByNames.joined(separator: " ")) }
            if let holder { list.fact("Executor") { $0.data(holder.executor) } }
            list.fact("Job ID") { $0.element("code", text: id) }
            JobParameters(job).writeFacts(to: &list)
        }
        JobParameters(job).writeManifest(to: &page)
        page.heading("What it has gone through")
        Timeline(job).write(to: &page)
        page.heading("Log")
        writeLog(job, to: &page)
        writeJSON(job, id, to: &page)
        page.element("p", ["class": "hint"]) { line in
            line.link(place.service("jobs/\(PercentEncoding.encode(id))"), "This job for programs")
            if visit.console.has(.get, "/events") {
                line.put(" · ")
                let query = [QueryItem("subject", id), QueryItem("after", "start")]
                line.link(
                    place.service(PercentEncoding.target("events", query)), "its events, with who and by which request")
            }
        }
    }

    /// The job as programs get it; of a log that would be longer than the page, these get the rest.
    private func writeJSON(_ job: Job, _ id: String, to page: inout HTML) {
        let isLong = job.lines.reduce(0) { $0 + $1.message.utf8.count + Self.lineSize } > Self.mostBytes
        var shown = job.json
        if isLong, var object = job.json.object {
            object["log"] = nil
            shown = .object(object)
        }
        page.element("details", ["class": "raw", "id": "raw"]) { details in
            details.element("summary", text: "As JSON")
            if isLong {
                details.element("p") { line in
                    line.put("Without its log, which is long: ")
                    line.link(visit.place.service("jobs/\(PercentEncoding.encode(id))"), "all of it for programs")
                }
            }
            details.element("pre", ["tabindex": "0"], text: shown.indented)
        }
    }

    private func writeLog(_ job: Job, to page: inout HTML) {
        let lines = job.lines
        if lines.isEmpty { return page.empty("Nothing has been written to it yet: no executor has taken the job.") }
        let wantsAll = visit.request.query.contains { $0.name == "log" && $0.value == "all" }
        let shown = wantsAll ? lines[...] : lines.suffix(Self.mostLines)
        if shown.count < lines.count {
            page.element("p") { line in
                line.put("The last \(shown.count) of \(lines.count) lines. ")
                line.link(visit.place.page("jobs", job.id ?? "", query: [QueryItem("log", "all")]), "Show all")
            }
        }
        page.element("ol", ["class": "log", "start": String(lines.count - shown.count + 1)]) { list in
            for line in shown {
                list.element("li") { item in
                    item.element("time", ["datetime": line.at, "class": "exact"], text: Age.exact(line.at))
                    item.element("p", ["dir": "auto"], text: line.message)
                }
            }
        }
    }
}

extension HTML {
    mutating func fact(_ name: String, _ value: (inout HTML) -> Void) {
        element("div") { pair in
            pair.element("dt", text: name)
            pair.element("dd", [:], value)
        }
    }
}
