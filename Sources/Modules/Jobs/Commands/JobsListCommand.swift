import Kernel
import Synchronization

/// `jobs list`
struct JobsListCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    /// What is wrong with the arguments together, or nil.
    static func problem(of arguments: Arguments) -> String? {
        if arguments.wantsJSON, arguments.has("--json-lines") { return "--json and --json-lines exclude each other" }
        if arguments.has("--watch"), arguments.wantsJSON || arguments.has("--json-lines") {
            return "--watch draws for people, and prints no JSON"
        }
        return JobFilter.problem(of: arguments)
    }

    func perform() async throws {
        if arguments.has("--watch") { return try await JobsWatch(arguments).perform() }
        let output = JobListOutput(form)
        let filter = filter
        let total = try await ServiceDoor.use(arguments) { door in
            // Whoever reads the output may take their time, which must not keep a service from starting.
            output.isHeldBack = door.holdsDatabase
            var isCut = false
            try await door.eachJob(filter, page: min(limit, 1000)) { job in
                isCut = output.count == limit
                if !isCut { output.print(job) }
                return !isCut && !output.isGone
            }
            return try await footer(output.count, isCut, filter, door)
        }
        output.end(total)
    }

    private var form: JobListOutput.Form {
        if arguments.wantsJSON { return .array }
        if arguments.has("--json-lines") { return .lines }
        return Screen.current.map { .screen(columns: $0.columns) } ?? .table
    }

    private var limit: Int { arguments["--limit"].flatMap(Int.init) ?? .max }

    private var filter: JobFilter {
        JobFilter(
            arguments,
            wantsFinished: arguments.has("--all")
                || arguments["--status"].flatMap(JobStatus.init)?.isFinal == true, withReleases: true)
    }

    /// `3 jobs in progress, 12 more: --all`, which only people are told, since it costs requests.
    private func footer(
        _ count: Int, _ isCut: Bool, _ filter: JobFilter, _ door: ServiceDoor
    ) async throws -> String {
        guard case .screen = form else { return "" }
        let jobs = count == 0 ? "No jobs" : count == 1 ? "1 job" : "\(count) jobs"
        if isCut { return "\(jobs), and there are more: --limit" }
        let what = filter.wantsFinished ? "\(jobs)" : "\(jobs) in progress"
        guard !filter.countsNoFinished else { return what }
        let finished = try await door.countFinished(filter)
        guard finished.count > 0 else { return what }
        return "\(what), \(finished.isAll ? "" : "over ")\(finished.count) more that have finished: --all"
    }
}
