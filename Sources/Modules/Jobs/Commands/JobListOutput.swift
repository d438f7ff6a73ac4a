import Kernel
import Synchronization

/// Prints a list of jobs as it comes: as a table, as one for a terminal, as a JSON array with a job a line, or as JSON
/// lines.
final class JobListOutput: Sendable {
    enum Form: Sendable {
        case table, array, lines
        /// With totals; the columns of a terminal.
        case screen(columns: Int)
    }

    private struct State {
        var isHeldBack = false
        var held: [String] = []
        var count = 0
        /// The first jobs, whose words decide how wide columns are.
        var sample: [JobView] = []
        var columns: JobColumns?
    }

    private let form: Form
    private let state = Mutex(State())
    private let pager = Pager()

    init(_ form: Form) {
        self.form = form
    }

    /// Whether nothing is printed before `end`.
    var isHeldBack: Bool {
        get { state.withLock { $0.isHeldBack } }
        set { state.withLock { $0.isHeldBack = newValue } }
    }

    /// Whether nobody reads any more.
    var isGone: Bool { pager.isGone }

    var count: Int { state.withLock { $0.count } }

    func print(_ job: JobView) {
        let count = state.withLock { state in
            state.count += 1
            return state.count
        }
        switch form {
        case .array: put((count == 1 ? "[" : ",") + job.json.text)
        case .lines: put(job.json.text)
        case .table:
            if count == 1 { put(JobTable.plainHeader()) }
            put(JobTable.plainLine(job))
        case .screen(let width):
            let columns = state.withLock { state in
                if state.columns == nil { state.sample.append(job) }
                return state.columns
            }
            if let columns { return put(columns.line(job, .stdout)) }
            if count == Self.sampleSize { begin(width) }
        }
    }

    /// - Parameter total: the last line of a list on a terminal.
    func end(_ total: String = "") {
        if case .screen(let width) = form, count > 0 { begin(width) }
        state.withLock { $0.held }.forEach { pager.print($0) }
        switch form {
        case .array: pager.print(count == 0 ? "[]" : "]")
        case .lines: break
        case .table: if count == 0 { Terminal.printError("There are no such jobs.") }
        case .screen(let width): pager.print(TextStyle.stdout.dim(TextLayout.clip(total, to: width)))
        }
        pager.end()
    }

    private static let sampleSize = 200

    /// Prints what the columns were reckoned from.
    private func begin(_ width: Int) {
        let sample = state.withLock { state in
            defer { state.sample = [] }
            return state.columns == nil ? state.sample : []
        }
        guard !sample.isEmpty else { return }
        let columns = JobColumns(for: sample, width: width)
        state.withLock { $0.columns = columns }
        put(columns.header(.stdout))
        for job in sample { put(columns.line(job, .stdout)) }
    }

    private func put(_ line: String) {
        let isHeld = state.withLock { state in
            if state.isHeldBack { state.held.append(line) }
            return state.isHeldBack
        }
        if !isHeld { pager.print(line) }
    }
}
