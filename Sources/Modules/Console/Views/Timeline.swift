import Jobs
import Kernel

/// The statuses that a job has gone through, with how long it was in each.
struct Timeline {
    private struct Step {
        let status: String
        let at: String
        let until: String?
    }

    private let steps: [Step]

    init(_ job: Job) {
        let prefix = "Set status: "
        var marks = [(status: "queued", at: job.createdAt ?? "")]
        for line in job.lines where line.message.hasPrefix(prefix) {
            marks.append((String(line.message.dropFirst(prefix.count)), line.at))
        }
        let isFinished = job.status?.isFinal == true
        steps = marks.indices.map { index in
            let isLast = index == marks.count - 1
            let next = isLast ? (isFinished ? nil : Timestamp.now.description) : marks[index + 1].at
            return Step(status: marks[index].status, at: marks[index].at, until: next)
        }
    }

    func write(to page: inout HTML) {
        page.element("ol", ["class": "timeline"]) { list in
            for (index, step) in steps.enumerated() {
                list.element("li") { item in
                    item.status(step.status)
                    item.put(" ")
                    item.element("time", ["datetime": step.at, "class": "exact"], text: Age.exact(step.at))
                    guard let span = Age.between(step.at, and: step.until) else { return }
                    item.put(" ")
                    if index == steps.count - 1 {
                        item.element(
                            "time", ["datetime": step.at, "class": "span", "data-span": ""], text: span)
                    } else {
                        item.element("span", ["class": "span"], text: span)
                    }
                }
            }
        }
    }
}
