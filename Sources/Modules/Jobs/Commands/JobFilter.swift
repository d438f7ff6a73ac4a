import Kernel

/// Which jobs a command is about. The service sorts them out where its list can, what is left is sorted out here.
struct JobFilter: Sendable {
    private let status: String?
    private let operation: String?
    private let target: String?
    private let creator: String?
    private let since: Timestamp?
    private let before: Timestamp?
    /// Only jobs of which nothing has been heard since then.
    private let idleSince: Timestamp?
    private let isNewestFirst: Bool
    /// Whether releases in which the target has a share are among them, as in the target's own list.
    private let withReleases: Bool
    /// Whether jobs that have come to their end are among them.
    let wantsFinished: Bool

    /// - Parameters:
    ///   - arguments: with `options`.
    ///   - wantsFinished: whether jobs that have come to their end can be among them.
    ///   - withReleases: whether a target finds the releases too in which it has a share.
    ///   - now: what spans of time go back from.
    init(_ arguments: Arguments, wantsFinished: Bool, withReleases: Bool, at now: Timestamp = .now) {
        self.withReleases = withReleases
        status = arguments["--status"]
        operation = arguments["--operation"]
        target = arguments["--target"]
        creator = arguments["--creator"]
        since = arguments["--since"].flatMap { TimeSpan.instant($0, before: now) }
        before = arguments["--before"].flatMap { TimeSpan.instant($0, before: now) }
        idleSince = arguments["--idle"].flatMap(TimeSpan.microseconds).map {
            Timestamp(microseconds: now.microseconds - $0)
        }
        isNewestFirst = arguments.has("--newest")
        self.wantsFinished = wantsFinished
    }

    /// All that have not come to their end.
    fileprivate init(inProgress: Void) {
        (status, operation, target, creator) = (nil, nil, nil, nil)
        (since, before, idleSince) = (nil, nil, nil)
        (isNewestFirst, withReleases, wantsFinished) = (false, false, false)
    }

    /// The options that make one.
    /// - Parameter statuses: which may be asked for.
    static func options(_ statuses: [JobStatus] = JobStatus.allCases) -> [Command.Option] {
        [
            .init(
                "--status", "STATUS", "only jobs with this status", value: .choice(statuses.map(\.rawValue))),
            .init(
                "--operation", "OPERATION", "only jobs with this operation",
                value: .choice(JobOperation.allCases.map(\.rawValue))),
            .init("--target", "TARGET", "only jobs for this target"),
            .init("--creator", "USER", "only jobs that the user with this id has posted"),
            .init("--since", "WHEN", "only jobs created since then: so long ago (2h, 3d), a day, or an instant"),
            .init("--before", "WHEN", "only jobs created before that"),
            .init("--idle", "TIME", "only jobs that nothing has been heard of for so long (90m)"),
        ]
    }

    /// Whether any of the options is given.
    static func isGiven(in arguments: Arguments) -> Bool { options().contains { arguments[$0.name] != nil } }

    /// What is wrong with the values of the options, or nil.
    static func problem(of arguments: Arguments) -> String? {
        for option in ["--since", "--before"] {
            if let text = arguments[option], TimeSpan.instant(text, before: .now) == nil {
                return "\(option) must be a time such as 2h or 3d, a day such as 2026-01-31, or an instant with an "
                    + "offset such as 2026-01-31T08:00:00Z, not '\(text)'"
            }
        }
        if let text = arguments["--idle"], TimeSpan.microseconds(text) == nil {
            return "--idle must be a whole number with one of the units s, m, h, d, w, not '\(text)'"
        }
        return nil
    }

    /// Whether a job is one of them, whatever the list has sorted out.
    func matches(_ job: JobView) -> Bool {
        if let status, job.status != status { return false }
        if let operation, job.operation != operation { return false }
        if !withReleases, let target, !job.target.isExactly(target) { return false }
        if let creator, !job.creatorID.isExactly(creator) { return false }
        if since.map({ job.createdAt < $0 }) == true || before.map({ job.createdAt >= $0 }) == true { return false }
        if idleSince.map({ job.updatedAt >= $0 }) == true { return false }
        return wantsFinished || !job.isFinished
    }

    /// What asks the service for them.
    /// - Parameters:
    ///   - limit: how many at a time.
    ///   - ending: only those that have come to their end in this way, to count them.
    ///   - target: only jobs that it is the target of.
    func query(limit: Int, ending: JobStatus? = nil, naming target: String? = nil) -> String {
        var query = [QueryItem("limit", String(limit))]
        if !wantsFinished, ending == nil { query.append(QueryItem("ignoreCompleted", "true")) }
        if isNewestFirst { query.append(QueryItem("order", "newest")) }
        let items = [
            ("status", ending?.rawValue ?? status), ("operation", operation), ("target", target),
            ("createdBy", creator), ("createdAfter", since?.description), ("createdBefore", before?.description),
        ]
        for (name, value) in items { value.map { query.append(QueryItem(name, $0)) } }
        return PercentEncoding.target("/jobs", query)
    }
}

extension ServiceDoor {
    /// Reads jobs page by page.
    /// - Parameters:
    ///   - filter: which.
    ///   - page: how many are asked for at a time.
    ///   - body: gets each once, and tells whether it wants more.
    func eachJob(_ filter: JobFilter, page: Int = 1000, _ body: (JobView) throws -> Bool) async throws {
        if try await eachJobOfTarget(filter, body) { return }
        var next: String? = filter.query(limit: page, naming: filter.targetName)
        var seen: Set<ExactText> = []
        while let target = next {
            let page = try await jobs(target)
            for job in page.jobs where filter.matches(job) {
                // One that moved between two pages is on both.
                guard seen.insert(ExactText(job.id)).inserted else { continue }
                guard try body(job) else { return }
            }
            next = page.next
        }
    }

    /// Reads one page.
    /// - Parameter target: that `JobFilter.query` gives, or the page before.
    func jobs(_ target: String) async throws -> (jobs: [JobView], next: String?) {
        let reply = try await get(target)
        return ((try reply.json().array ?? []).map(JobView.init), reply.next(after: target))
    }

    /// Reads the jobs that have not come to their end.
    func eachJobInProgress(_ body: (JobView) -> Void) async throws {
        try await eachJob(JobFilter(inProgress: ())) { job in
            body(job)
            return true
        }
    }

    /// A target's own list has the releases too in which it has a share.
    /// - Returns: false if this service has no such lists, or if no target is named.
    private func eachJobOfTarget(_ filter: JobFilter, _ body: (JobView) throws -> Bool) async throws -> Bool {
        guard let target = filter.targetWithReleases else { return false }
        let reply = try await get("/targets/\(PercentEncoding.encode(target))/jobs")
        if reply.code == "route.not-found" { return false }
        let jobs = filter.inOrder((try reply.json().array ?? []).map(JobView.init).filter(filter.matches))
        for job in jobs { guard try body(job) else { break } }
        return true
    }

    /// How many jobs the filter leaves out for no other reason than that they have come to their end, counted up to
    /// some hundreds.
    func countFinished(_ filter: JobFilter) async throws -> (count: Int, isAll: Bool) {
        var (count, isAll) = (0, true)
        for status in [JobStatus.completed, .failed] where filter.targetName == nil {
            let reply = try await get(filter.query(limit: 500, ending: status))
            count += try reply.json().array?.count ?? 0
            isAll = isAll && reply.headers["Link"] == nil
        }
        return (count, isAll)
    }
}

extension JobFilter {
    fileprivate var targetName: String? { target }
    fileprivate var targetWithReleases: String? { withReleases ? target : nil }

    fileprivate func inOrder(_ jobs: [JobView]) -> [JobView] {
        isNewestFirst ? jobs.sorted { $0.createdAt > $1.createdAt } : jobs
    }

    /// Whether finished jobs are among them anyway, or are kept out by more than their end, so that they are not counted.
    var countsNoFinished: Bool { wantsFinished || status != nil || target != nil || idleSince != nil }
}
