import Jobs
import Kernel

/// Jobs as rows, each of which leads to its job.
struct JobTable {
    let place: Place
    let caption: String
    /// Whether the last line of the log is told.
    var withLastLine = false
    /// Whether the table is of one target's jobs, so that rows are known by what they do.
    var isOfTarget = false
    /// What the last sign of life is called, where its time is told instead of that of the creation.
    var lastSign: String?
    /// Who works on the jobs; none where executors take no leases.
    var holders: [ExactText: Holder] = [:]

    func write(_ jobs: [Job], to page: inout HTML) {
        let time = lastSign ?? "Created"
        let first = isOfTarget ? ["Operation"] : ["Target", "Operation"]
        let headings =
            first + ["Status", time] + (holders.isEmpty ? ["By"] : ["Executor"])
            + (withLastLine ? ["Last log line"] : [])
        page.table(caption, headings, class: withLastLine ? "jobs lined" : "jobs") { body in
            for job in jobs { row(job, time, to: &body) }
        }
    }

    private func row(_ job: Job, _ time: String, to body: inout HTML) {
        let id = job.id ?? ""
        body.element("tr", ["id": "job-\(id)", "data-row": ""]) { row in
            let lead = isOfTarget ? job.operationName ?? "no operation" : job.target ?? "no target"
            row.cell(isOfTarget ? "Operation" : "Target", "main") { cell in
                cell.element("a", ["href": place.job(id)]) { $0.data(lead) }
            }
            if !isOfTarget { row.cell("Operation", "word") { $0.data(job.operationName ?? "–") } }
            row.cell("Status") { $0.status(job.statusName) }
            row.cell(time, "number") { $0.ago(lastSign == nil ? job.createdAt : job.lastLineAt ?? job.createdAt) }
            if holders.isEmpty {
                row.cell("By", "person") { $0.data(job.createdByNames.joined(separator: " ")) }
            } else {
                row.cell("Executor", "person") { $0.data(holders.holder(of: job)?.executor ?? "–") }
            }
            if withLastLine {
                row.cell("Last log line", "line") { $0.data(job.lines.last?.message.lastLine ?? "–") }
            }
        }
    }
}

extension String {
    /// The beginning of the last line with anything in it, which is where a trace of calls says what is wrong.
    var lastLine: String {
        let line = split(separator: "\n").last { $0.contains { !$0.isWhitespace } } ?? ""
        return line.count > 300 ? String(line.prefix(300)) + "…" : String(line)
    }
}
