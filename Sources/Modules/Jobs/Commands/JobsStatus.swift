import Kernel

extension JobsModule: StatusProvider {
    /// How many jobs are in progress, and how many of them nothing has been heard of.
    public static func status(through door: ServiceDoor) async throws -> [StatusLine] {
        let now = Timestamp.now
        let stuckAfter = door.configuration(of: JobsModule.self)?.stuckAfter ?? .seconds(3600)
        let stuckBefore = Timestamp(microseconds: now.microseconds - stuckAfter.milliseconds * 1000)
        var counts: [String: Int] = [:]
        var stuck = 0
        var oldest: Timestamp?
        try await door.eachJobInProgress { job in
            counts[job.status, default: 0] += 1
            if job.updatedAt < stuckBefore { stuck += 1 }
            if job.status == JobStatus.queued.rawValue { oldest = min(job.createdAt, oldest ?? job.createdAt) }
        }
        let total = counts.values.reduce(0, +)
        let parts = JobStatus.allCases.compactMap { status in counts[status.rawValue].map { ($0, status.rawValue) } }
        let words = parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        var byStatus = JSONObject()
        for (count, status) in parts { byStatus[status] = .integer(Int64(count)) }
        var lines = [
            StatusLine(
                "jobs", total == 0 ? "none in progress" : "\(total) in progress: \(words)",
                json: ["inProgress": .integer(Int64(total)), "byStatus": .object(byStatus)]),
            StatusLine(
                "stuck", stuck == 0 ? "none" : "\(stuck), not heard of for longer than modules.jobs.stuckAfter",
                stuck == 0 ? .good : .bad, json: .integer(Int64(stuck))),
        ]
        if let oldest {
            lines.append(
                StatusLine(
                    "waiting", "the oldest queued job for \(TimeSpan.text(from: oldest, to: now))",
                    json: ["oldestQueuedAt": .string(oldest.description)]))
        }
        return lines
    }
}
