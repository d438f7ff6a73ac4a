import Kernel

/// A whole job for people: what it is, what it went through, its log.
struct JobDetails {
    private let job: JobView
    private let style: TextStyle

    init(_ job: JobView, _ style: TextStyle) {
        self.job = job
        self.style = style
    }

    /// - Parameter now: where the time of a job that goes on is counted to.
    func text(at now: Timestamp = .now) -> String {
        (facts + [style.bold("timeline")] + timeline(at: now) + [style.bold("log")] + job.log.flatMap(Self.lines))
            .joined(separator: "\n")
    }

    private var facts: [String] {
        var rows = [("job", job.id.printable()), ("status", job.paint(job.status.printable(), style))]
        for member in job.json["parameters"]?.object?.members ?? [] {
            rows.append((member.name.printable(), member.value.string?.printable() ?? member.value.text.printable()))
        }
        rows.append(("created", "\(job.createdAtText.printable()) by \(job.creator.printable())"))
        return TextLayout.table(rows.map { [$0, $1] }).enumerated().map { index, line in
            // Painted once it is laid out: colours have no width.
            let name = rows[index].0
            return style.bold(name) + line.dropFirst(name.count)
        }
    }

    /// Each status with its beginning, and how long the job had it.
    private func timeline(at now: Timestamp) -> [String] {
        let steps = job.steps
        return steps.enumerated().map { index, step in
            let next = index + 1 < steps.count ? steps[index + 1].at : nil
            let span =
                if let next {
                    TimeSpan.text(from: step.at, to: next)
                } else if step.status.isFinal {
                    "\(TimeSpan.text(from: job.createdAt, to: step.at)) after it was posted"
                } else {
                    "\(TimeSpan.text(from: step.at, to: now)) so far"
                }
            let name = TextLayout.pad(step.status.rawValue, to: 14)
            return "  \(JobView.paint(name, as: step.status.rawValue, style))  "
                + "\(JobView.second(step.at.description))  \(span)"
        }
    }

    /// A line of a log with its line breaks kept, each further one below the first one's text.
    static func lines(_ line: (at: String, message: String)) -> [String] {
        let at = line.at.printable()
        let indent = String(repeating: " ", count: at.count)
        let text = line.message.replacing("\r\n", with: "\n").printable(keepsLines: true)
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, part in
            // Nothing that somebody has written can be taken for a line of its own.
            index == 0 ? "  \(at)  \(part)" : "  \(indent)  \(part)"
        }
    }
}
