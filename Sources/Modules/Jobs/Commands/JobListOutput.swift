import Kernel
import Synchronization

/// Prints a list of jobs as it comes, as a table or as a JSON array with a job a line.
final class JobListOutput: Sendable {
    private struct State {
        var isHeldBack = false
        var held: [String] = []
        var count = 0
    }

    private let isJSON: Bool
    private let state = Mutex(State())

    init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    /// Whether nothing is printed before `end`.
    var isHeldBack: Bool {
        get { state.withLock { $0.isHeldBack } }
        set { state.withLock { $0.isHeldBack = newValue } }
    }

    func print(_ job: JobView) {
        let count = state.withLock { state in
            state.count += 1
            return state.count
        }
        if isJSON { return put((count == 1 ? "[" : ",") + job.json.text) }
        if count == 1 { put(JobView.header(.stdout)) }
        put(job.line(.stdout))
    }

    func end() {
        let (held, count) = state.withLock { ($0.held, $0.count) }
        held.forEach { Terminal.print($0) }
        if isJSON { return Terminal.print(count == 0 ? "[]" : "]") }
        if count == 0 { Terminal.printError("There are no such jobs.") }
    }

    private func put(_ line: String) {
        let isHeld = state.withLock { state in
            if state.isHeldBack { state.held.append(line) }
            return state.isHeldBack
        }
        if !isHeld { Terminal.print(line) }
    }
}
