import Kernel

/// A job as commands show it.
struct JobView {
    let json: JSON

    var id: String { text("jobId") }
    var status: String { text("status") }
    var operation: String { json["parameters"]?["operation"]?.string ?? "" }
    var target: String { json["parameters"]?["target"]?.string ?? "" }
    var isFinished: Bool { ["completed", "failed"].contains(status) }
    var log: [(at: String, message: String)] {
        (json["log"]?.array ?? []).map { ($0["at"]?.string ?? "", $0["message"]?.string ?? "") }
    }
    /// When it last changed.
    var updatedAt: String { log.last?.at ?? text("createdAt") }

    static func header(_ style: TextStyle) -> String {
        style.bold(row(["JOB", "STATUS", "OPERATION", "CREATED", "UPDATED", "TARGET"]))
    }

    func line(_ style: TextStyle) -> String {
        let cells = [id, status, operation, Self.second(text("createdAt")), Self.second(updatedAt), target]
        return paint(Self.row(cells.map { $0.printable() }), style)
    }

    /// The whole job, its log included.
    func details(_ style: TextStyle) -> String {
        var rows = [("job", id), ("status", paint(status, style))]
        for member in json["parameters"]?.object?.members ?? [] {
            rows.append((member.name, member.value.string?.printable() ?? member.value.text.printable()))
        }
        let user = json["createdBy"]
        let names = [user?["firstName"], user?["lastName"]].compactMap { $0?.string?.printable() }
        rows.append(("created", "\(text("createdAt")) by \(names.joined(separator: " "))"))
        let table = TextLayout.table(rows.map { [style.bold($0), $1] })
        let lines = log.map { "  \($0.at)  \($0.message.printable())" }
        return (table + [style.bold("log")] + lines).joined(separator: "\n")
    }

    private func text(_ name: String) -> String { json[name]?.string ?? "" }

    /// `2026-11-24T09:22:55Z` of a timestamp with microseconds.
    private static func second(_ timestamp: String) -> String {
        timestamp.count > 20 && timestamp.hasSuffix("Z") ? timestamp.prefix(19) + "Z" : timestamp
    }

    /// As wide as the longest status and operation there are, since a list is printed as it comes.
    private static func row(_ cells: [String]) -> String {
        zip(cells, [36, 14, 15, 20, 20, 0]).map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }.joined(separator: "  ")
    }

    private func paint(_ text: String, _ style: TextStyle) -> String {
        switch status {
        case "failed": style.red(text)
        case "completed": style.green(text)
        case "queued": text
        default: style.yellow(text)
        }
    }
}
