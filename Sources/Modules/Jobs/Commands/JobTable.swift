import Kernel

/// The lines of a list of jobs.
enum JobTable {
    /// For other programs: the columns stay as they are, each as wide as its longest word ever is.
    static func plainHeader() -> String { plainRow(["JOB", "STATUS", "OPERATION", "CREATED", "UPDATED", "TARGET"]) }

    static func plainLine(_ job: JobView) -> String {
        plainRow(
            [
                job.id, job.status, job.operation, JobView.second(job.createdAtText),
                JobView.second(job.updatedAtText), job.target,
            ].map { $0.printable() })
    }

    private static func plainRow(_ cells: [String]) -> String {
        zip(cells, [36, 14, 15, 20, 20, 0]).map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }.joined(separator: "  ")
    }
}

/// The columns of a list on a terminal, as wide as it is: what does not fit beside the rest is left out.
struct JobColumns: Sendable {
    private enum Column: Int, CaseIterable {
        case id, status, operation, age, took, target, creator, message

        var title: String {
            switch self {
            case .id: "JOB"
            case .status: "STATUS"
            case .operation: "OPERATION"
            case .age: "AGE"
            case .took: "TOOK"
            case .target: "TARGET"
            case .creator: "BY"
            case .message: "LAST LINE OF THE LOG"
            }
        }

        /// The widest that it may become; the last one takes what is left.
        var widest: Int {
            switch self {
            case .target: 40
            case .creator: 24
            case .message: .max
            default: 36
            }
        }

        func cell(of job: JobView, at now: Timestamp) -> String {
            switch self {
            case .id: job.id.printable()
            case .status: job.status.printable()
            case .operation: job.operation.printable()
            case .age: TimeSpan.text(from: job.createdAt, to: now, isShort: true)
            case .took:
                job.begin.map { TimeSpan.text(from: $0, to: job.isFinished ? job.updatedAt : now) } ?? ""
            case .target: job.target.printable()
            case .creator: TextLayout.clip(job.creator, to: 100).printable()
            case .message: TextLayout.clip(job.lastLine, to: 500).printable()
            }
        }
    }

    private static let leastTarget = 16

    private let columns: [(column: Column, width: Int)]
    private let now: Timestamp

    /// - Parameters:
    ///   - sample: the first of the jobs, whose words decide how wide the columns are.
    ///   - width: of the terminal.
    ///   - now: what ages go back from.
    init(for sample: [JobView], width: Int, at now: Timestamp = .now) {
        self.now = now
        var widths: [Column: Int] = [:]
        for column in Column.allCases where column != .message {
            let widest = sample.map { TextLayout.width(of: column.cell(of: $0, at: now)) }.max() ?? 0
            widths[column] = min(column.widest, max(column.title.count, widest))
        }
        var shown = Column.allCases.filter { $0 != .message }
        func needed() -> Int { shown.reduce(-2) { $0 + 2 + (widths[$1] ?? 0) } }
        if needed() > width { shown.removeAll { $0 == .creator } }
        // A target may be cut short, but not to a few letters.
        let target = widths[.target] ?? 0
        for column in [Column.operation, .took] where needed() - max(0, target - Self.leastTarget) > width {
            shown.removeAll { $0 == column }
        }
        if needed() + 22 <= width { shown.append(.message) }
        var columns: [(Column, Int)] = []
        var left = width
        for column in shown {
            let isLast = column == shown.last
            let cell = isLast ? left : min(widths[column] ?? 0, left)
            guard cell > 0 else { break }
            columns.append((column, cell))
            left -= cell + 2
        }
        self.columns = columns
    }

    func header(_ style: TextStyle) -> String { style.bold(line { $0.title }) }

    func line(_ job: JobView, _ style: TextStyle) -> String {
        line(style: { $0 == .status ? job.paint($1, style) : $1 }, { $0.cell(of: job, at: now) })
    }

    private func line(style: (Column, String) -> String = { $1 }, _ cell: (Column) -> String) -> String {
        columns.enumerated().map { index, each in
            let text = cell(each.column)
            let isLast = index == columns.count - 1
            return style(
                each.column, isLast ? TextLayout.clip(text, to: each.width) : TextLayout.pad(text, to: each.width))
        }.joined(separator: "  ")
    }
}
