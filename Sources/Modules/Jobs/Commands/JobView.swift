import Kernel

/// A job as commands show it.
struct JobView: Sendable {
    let job: Job

    init(json: JSON) {
        job = Job(json)
    }

    var json: JSON { job.json }
    var id: String { job.id ?? "" }
    var status: String { job.statusName ?? "" }
    var operation: String { job.operationName ?? "" }
    var target: String { job.target ?? "" }
    var creatorID: String { job.createdBy.flatMap { $0[JobFields.userID] } ?? "" }
    /// The first and the last name of who posted it.
    var creator: String { job.createdByNames.joined(separator: " ") }
    var isFinished: Bool { job.status?.isFinal == true }
    var log: [(at: String, message: String)] { job.lines.map { ($0.at, $0.message) } }
    /// The same, in a list of thousands cheaper than `log`.
    var lastLine: String { json[JobFields.log]?.array?.last?[LogLine.message] ?? "" }
    var createdAtText: String { job.createdAt ?? "" }
    /// When it last changed.
    var updatedAtText: String { job.lastLineAt ?? createdAtText }
    var createdAt: Timestamp { Timestamp(createdAtText) ?? Timestamp(microseconds: 0) }
    var updatedAt: Timestamp { Timestamp(updatedAtText) ?? createdAt }

    /// A status, and since when the job had it.
    struct Step {
        let status: JobStatus
        let at: Timestamp
    }

    /// What it went through, as its log tells.
    var steps: [Step] {
        var steps = [Step(status: .queued, at: createdAt)]
        for line in log {
            guard line.message.hasPrefix(Self.statusLine),
                let status = JobStatus(rawValue: String(line.message.dropFirst(Self.statusLine.count))),
                status != steps.last?.status, let at = Timestamp(line.at)
            else { continue }
            steps.append(Step(status: status, at: at))
        }
        return steps
    }

    private static let statusLine = "Set status: "

    /// From when on somebody worked on it; nil for one that waits. One that ended out of the queue took all its life.
    var begin: Timestamp? {
        guard let first = steps.first(where: { $0.status != .queued }) else { return isFinished ? createdAt : nil }
        return first.status.isFinal ? createdAt : first.at
    }

    /// In the colour of its status.
    func paint(_ text: String, _ style: TextStyle) -> String { Self.paint(text, as: status, style) }

    static func paint(_ text: String, as status: String, _ style: TextStyle) -> String {
        switch status {
        case "failed": style.red(text)
        case "completed": style.green(text)
        case "queued": text
        default: style.yellow(text)
        }
    }

    /// `2026-11-24T09:22:55Z` of a timestamp with microseconds.
    static func second(_ timestamp: String) -> String {
        timestamp.count > 20 && timestamp.hasSuffix("Z") ? timestamp.prefix(19) + "Z" : timestamp
    }
}
