import Kernel

/// `jobs show ID`
struct JobsShowCommand: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    private static let pause = Duration.seconds(1)

    func perform() async throws {
        if arguments.has("--follow") { return try await follow() }
        let job = try await ServiceDoor.use(arguments) { try await $0.job(arguments.operands[0]) }
        if arguments.wantsJSON { return Terminal.print(job.json.text) }
        let pager = Pager()
        pager.print(JobDetails(job, .stdout).text())
        pager.end()
    }

    /// Prints the log as it grows, until the job has come to its end.
    private func follow() async throws {
        var shown: Int?
        var job = try await look()
        while true {
            if !arguments.wantsJSON { print(job, behind: shown) }
            shown = job.log.count
            if job.isFinished || Terminal.lostOutput != nil { break }
            try await Task.sleep(for: Self.pause)
            do {
                job = try await look()
            } catch let error as CommandFailure where error.isPassing {
                progress(error.message.printable())
            }
        }
        if arguments.wantsJSON { Terminal.print(job.json.text) }
        guard job.status != JobStatus.failed.rawValue else {
            throw CommandFailure("the job \(job.id) has failed", remedy: "its log has the reason")
        }
    }

    /// A service that is restarted meanwhile is waited for: each look finds its own way.
    private func look() async throws -> JobView {
        try await ServiceDoor.use(arguments) { try await $0.job(arguments.operands[0]) }
    }

    private func print(_ job: JobView, behind shown: Int?) {
        progress("")
        if let shown {
            // One that is full counts in its last line what it leaves out.
            for line in job.log.dropFirst(shown).flatMap(JobDetails.lines) { Terminal.print(line) }
        } else {
            Terminal.print(JobDetails(job, .stdout).text())
        }
        guard let step = job.steps.last, !job.isFinished else { return }
        progress("\(step.status.rawValue) for \(TimeSpan.text(from: step.at, to: .now))")
    }

    private func progress(_ text: String) {
        guard Terminal.showsProgress else { return }
        Terminal.printProgress(TextLayout.clip(text, to: (Screen.current?.columns ?? 80) - 1))
    }
}

extension ServiceDoor {
    /// - Throws: `CommandFailure` if there is no such job.
    func job(_ id: String) async throws -> JobView {
        JobView(json: try await get("/jobs/\(PercentEncoding.encode(id))").json())
    }
}
