import Kernel

/// `jobs list`
struct JobsListCommand: Sendable {
    private let arguments: Arguments

    /// Jobs that are asked for at a time.
    private static let page = 1000

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func perform() async throws {
        let output = JobListOutput(isJSON: arguments.wantsJSON)
        try await ServiceDoor.use(arguments) { door in
            // Whoever reads the output may take their time, which must not keep a service from starting.
            output.isHeldBack = door.holdsDatabase
            try await list(from: door, to: output)
        }
        output.end()
    }

    private var limit: Int { arguments["--limit"].flatMap(Int.init) ?? .max }

    private var wantsFinished: Bool {
        arguments.has("--all") || arguments["--status"].flatMap(JobStatus.init)?.isFinal == true
    }

    private func list(from door: ServiceDoor, to output: JobListOutput) async throws {
        var next: String? = arguments["--target"].map(jobs(of:)) ?? firstPage
        var seen: Set<ExactText> = []
        while let target = next {
            let reply = try await door.get(target)
            if arguments["--target"] != nil, reply.code == "route.not-found" {
                throw CommandFailure(
                    "--target needs the module 'targets', which this service has not", code: .configuration)
            }
            let jobs = (try reply.json().array ?? []).map(JobView.init).filter(isWanted)
            // One that moved between two pages is on both.
            for job in jobs where seen.count < limit && seen.insert(ExactText(job.id)).inserted { output.print(job) }
            next = seen.count < limit ? reply.next(after: target) : nil
        }
    }

    private var firstPage: String {
        var query = [QueryItem("limit", String(min(limit, Self.page)))]
        if !wantsFinished { query.append(QueryItem("ignoreCompleted", "true")) }
        for option in ["status", "operation"] {
            if let value = arguments["--\(option)"] { query.append(QueryItem(option, value)) }
        }
        return PercentEncoding.target("/jobs", query)
    }

    private func jobs(of target: String) -> String { "/targets/\(PercentEncoding.encode(target))/jobs" }

    /// What the list of a target's jobs leaves to its reader.
    private func isWanted(_ job: JobView) -> Bool {
        if let status = arguments["--status"], job.status != status { return false }
        if let operation = arguments["--operation"], job.operation != operation { return false }
        return wantsFinished || !job.isFinished
    }
}
