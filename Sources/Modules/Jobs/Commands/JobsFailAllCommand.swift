import Kernel

/// `jobs fail --target TARGET … --reason TEXT`: every job in progress that the options find, once somebody has seen them
/// and said yes.
struct JobsFailAllCommand: Sendable {
    private let arguments: Arguments
    private let filter: JobFilter

    init(_ arguments: Arguments) {
        self.arguments = arguments
        filter = JobFilter(arguments, wantsFinished: false, withReleases: false)
    }

    func perform() async throws {
        // While somebody thinks, no database is kept from a service that wants to start.
        let jobs = try await ServiceDoor.use(arguments) { [filter] door in
            var jobs: [JobView] = []
            try await door.eachJob(filter) { job in
                jobs.append(job)
                return true
            }
            return jobs
        }
        guard !jobs.isEmpty else { return Terminal.printError("There are no such jobs in progress.") }
        let what = jobs.count == 1 ? "this job" : "these \(jobs.count) jobs"
        show(jobs)
        if !arguments.has("--yes") {
            guard try await Terminal.confirms("Fail \(what)?", or: "--yes") else {
                throw CommandFailure("nothing is changed")
            }
        }
        try await fail(jobs.map(\.id), arguments["--reason"] ?? "")
    }

    /// Jobs that are failed while the storage is open once: no service waits longer for it.
    private static let batch = 50

    /// Each is a request of its own: what is done stays done if a later one fails, and the same command goes on.
    private func fail(_ ids: [String], _ reason: String) async throws {
        var (seen, failed) = (0, 0)
        while seen < ids.count {
            if Terminal.showsProgress { Terminal.printProgress("\(seen) of \(ids.count)") }
            do {
                let ends = try await ServiceDoor.use(arguments) { [seen] in
                    try await fail(ids[seen...].prefix(Self.batch), reason, through: $0)
                }
                seen += ends.count
                failed += ends.count { if case .failed = $0 { true } else { false } }
            } catch {
                endProgress()
                if failed > 0 { Terminal.print(total(failed, of: seen)) }
                throw error
            }
        }
        endProgress()
        Terminal.print(total(failed, of: ids.count))
    }

    /// - Returns: what has become of the jobs up to the first one with which something was wrong.
    private func fail(
        _ ids: ArraySlice<String>, _ reason: String, through door: ServiceDoor
    ) async throws -> [JobEnd] {
        var ends: [JobEnd] = []
        for id in ids {
            do {
                ends.append(try await door.fail(id, reason, if: filter.matches))
            } catch  where !ends.isEmpty {
                return ends
            }
        }
        return ends
    }

    private func endProgress() { if Terminal.showsProgress { Terminal.printProgress("") } }

    private func total(_ failed: Int, of count: Int) -> String {
        let done =
            failed == 1 ? "1 job is failed; its target is free." : "\(failed) jobs are failed; their targets are free."
        return count == failed ? done : done + " \(count - failed) stay as they are: they have finished or moved on."
    }

    private func show(_ jobs: [JobView]) {
        if let screen = Screen.current {
            let columns = JobColumns(for: jobs, width: screen.columns)
            Terminal.print(columns.header(.stdout))
            for job in jobs { Terminal.print(columns.line(job, .stdout)) }
        } else {
            Terminal.print(JobTable.plainHeader())
            for job in jobs { Terminal.print(JobTable.plainLine(job)) }
        }
    }
}
