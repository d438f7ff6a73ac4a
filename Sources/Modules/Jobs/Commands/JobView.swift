import Kernel

/// A job as commands show it.
struct JobView: Sendable {
    let json: JSON

    var id: String { text("jobId") }
    var status: String { text("status") }
    var operation: String { json["parameters"]?["operation"]?.string ?? "" }
    var target: String { json["parameters"]?["target"]?.string ?? "" }
    var creatorID: String { json["createdBy"]?["userId"]?.string ?? "" }
    /// The first and the last name of who posted it.
    var creator: String {
        let user = json["createdBy"]
        return [user?["firstName"], user?["lastName"]].compactMap { $0?.string }.joined(separator: " ")
    }
    var isFinished: Bool { JobStatus(rawValue: status)?.isFinal == true }
    var log: [(at: String, message: String)] {
        (json["log"]?.array ?? []).map { ($0["at"]?.string ?? "", $0["message"]?.string ?? "") }
    }
    /// The same, in a list of thousands cheaper than `log`.
    var lastLine: String { json["log"]?.array?.last?["message"]?.string ?? "" }
    var createdAtText: String { text("createdAt") }
    /// When it last changed.
    var updatedAtText: String { json["log"]?.array?.last?["at"]?.string ?? createdAtText }
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
        for line in json["log"]?.array ?? [] {
            guard let message = line["message"]?.string, message.hasPrefix(Self.statusLine),
                let status = JobStatus(rawValue: String(message.dropFirst(Self.statusLine.count))),
                status != steps.last?.status, let at = line["at"]?.string.flatMap({ Timestamp($0) })
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

    private func text(_ name: String) -> String { json[name]?.string ?? "" }

    /// `2026-11-24T09:22:55Z` of a timestamp with microseconds.
    static func second(_ timestamp: String) -> String {
        timestamp.count > 20 && timestamp.hasSuffix("Z") ? timestamp.prefix(19) + "Z" : timestamp
    }
}
