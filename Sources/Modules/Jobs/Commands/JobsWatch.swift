import Kernel

/// `jobs list --watch`: the list, drawn anew until Ctrl-C.
struct JobsWatch: Sendable {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    private static let pause = Duration.seconds(2)

    func perform() async throws {
        guard Screen.current != nil else {
            throw CommandFailure(
                "--watch draws on a terminal, and stdout is none", remedy: "run it on a terminal, or without --watch",
                code: .usage)
        }
        var isFirst = true
        while let screen = Screen.current, Terminal.lostOutput == nil {
            do {
                // It is opened for each look alone, so that it keeps no service from starting or ending.
                let jobs = try await ServiceDoor.use(arguments) { try await look(through: $0, screen) }
                if isFirst, screen.canRedraw { Terminal.print("\u{1b}[2J\u{1b}[H") }
                screen.redraw(frame(jobs.first, jobs.count, isAll: jobs.isAll, screen))
                isFirst = false
            } catch  where !isFirst {
                // A service that is away for a while comes back.
                let words = (error as? CommandFailure)?.message ?? error.words
                screen.redraw([title(screen), TextLayout.clip(words.printable(), to: screen.columns)])
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// The jobs that the screen has room for, and how many there are.
    private func look(
        through door: ServiceDoor, _ screen: Screen
    ) async throws -> (first: [JobView], count: Int, isAll: Bool) {
        let wantsFinished =
            arguments.has("--all") || arguments["--status"].flatMap(JobStatus.init)?.isFinal == true
        let limit = arguments["--limit"].flatMap(Int.init) ?? .max
        var first: [JobView] = []
        var count = 0
        try await door.eachJob(
            JobFilter(arguments, wantsFinished: wantsFinished, withReleases: true), page: min(limit, 1000)
        ) { job in
            if first.count < screen.rows { first.append(job) }
            count += 1
            // A history of years is not read to its end every two seconds.
            return count < min(limit, wantsFinished ? Self.countedAtMost : .max)
        }
        return (first, count, !wantsFinished || count < Self.countedAtMost)
    }

    private static let countedAtMost = 1000

    private func frame(_ jobs: [JobView], _ count: Int, isAll: Bool, _ screen: Screen) -> [String] {
        let columns = JobColumns(for: jobs, width: screen.columns)
        // The title, the header, the total, and the line of the cursor.
        let shown = jobs.prefix(max(1, screen.rows - 4))
        let total = count == 1 ? "1 job" : "\(count)\(isAll ? "" : " or more") jobs"
        let hidden = count - shown.count
        return [title(screen)] + (jobs.isEmpty ? [] : [columns.header(.stdout)])
            + shown.map { columns.line($0, .stdout) }
            + [
                TextStyle.stdout.dim(
                    TextLayout.clip(hidden > 0 ? "\(total), \(hidden) below" : total, to: screen.columns))
            ]
    }

    private func title(_ screen: Screen) -> String {
        let now = JobView.second(Timestamp.now.description)
        return TextStyle.stdout.bold(TextLayout.clip("\(now)  Ctrl-C ends", to: screen.columns))
    }
}
