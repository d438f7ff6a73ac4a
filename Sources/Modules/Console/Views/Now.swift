import Jobs
import Kernel

/// What runs and what waits at one moment, and whether that can be left alone.
struct Now: Sendable {
    /// nil for a stack without jobs.
    let summary: Summary?
    /// nil for a stack without the flag.
    let maintenance: MaintenanceState?
    /// Who works on what runs.
    let holders: [ExactText: Holder]
    /// Whose executors have fallen silent.
    let held: [Job]
    let running: [Job]
    let stuck: [Job]
    let failures: [Job]
    /// The statuses of which there are more than are shown.
    let cut: [(status: String, count: Int)]

    /// Of each status that many are shown.
    static let most = 25

    init(_ visit: Visit) async throws {
        maintenance =
            visit.console.has(.get, "/maintenance-status")
            ? MaintenanceState(try await visit.get("/maintenance-status")) : nil
        guard visit.console.has(.get, "/jobs/summary") else {
            (summary, holders, held, running, stuck, failures) = (nil, [:], [], [], [], [])
            cut = []
            return
        }
        let summary = Summary(try await visit.get("/jobs/summary"))
        var running: [Job] = []
        var cut: [(status: String, count: Int)] = []
        for (status, count) in summary.byStatus where count > 0 && status != "queued" {
            let items = [QueryItem("status", status), QueryItem("limit", String(Self.most))]
            let reply = try await visit.send(.get, PercentEncoding.target("/jobs", items)).checked()
            running += (reply.json.array ?? []).map(Job.init)
            if reply.next != nil { cut.append((status, max(count, Self.most + 1))) }
        }
        self.cut = cut
        let holders = try await Holder.all(visit)
        held = running.filter { holders.holder(of: $0)?.isHeld == true }
        running.removeAll { holders.holder(of: $0)?.isHeld == true }
        self.holders = holders
        let age = visit.console.stuckAfter
        let limit = Timestamp(microseconds: Timestamp.now.microseconds - age).description
        func isStuck(_ job: Job) -> Bool { (job.lastLineAt ?? job.createdAt ?? limit) < limit }
        self.summary = summary
        stuck = running.filter(isStuck)
        self.running = running.filter { !isStuck($0) }
        let failed = try await visit.jobs(
            "/jobs", [QueryItem("status", "failed"), QueryItem("order", "newest"), QueryItem("limit", "30")])
        failures = failed.sorted { ($0.lastLineAt ?? "") > ($1.lastLineAt ?? "") }
    }

    var atWork: Int { summary.map { $0.inProgress - $0.queued } ?? 0 }

    /// Says of what there is more than is shown, and leads to all of it.
    func writeCut(_ place: Place, to page: inout HTML) {
        for (status, count) in cut {
            page.element("p", ["class": "hint"]) { line in
                line.put("\(Self.most) of \(count) that are ")
                line.status(status)
                line.put(" are shown. ")
                line.link(place.page("jobs", query: [QueryItem("status", status)]), "Show all")
            }
        }
    }

    /// Whether nothing runs, and nothing will.
    func writeSafety(to page: inout HTML) {
        switch (maintenance?.isPaused, atWork) {
        case (true, 0):
            page.badge("safe", "good")
            page.put(" Paused, and nothing runs.")
        case (true, let count):
            page.badge("not yet", "warn")
            page.put(count == 1 ? " One job still runs." : " \(count) jobs still run.")
        case (false, _):
            page.badge("no", "bad")
            page.put(" Not paused: executors may start jobs at any time.")
        case (nil, let count):
            page.badge(count == 0 ? "nothing runs" : "no", count == 0 ? "waiting" : "bad")
            page.put(" This stack has no flag to pause it.")
        }
    }
}

/// What `GET /jobs/summary` tells.
struct Summary: Sendable {
    struct Standout: Sendable {
        let id: String
        let target: String
        let createdAt: String
    }

    let inProgress: Int
    let byStatus: [(status: String, count: Int)]
    let oldestQueued: Standout?

    init(_ json: JSON) {
        func integer(_ value: JSON?) -> Int { if case .integer(let count)? = value { Int(count) } else { 0 } }
        inProgress = integer(json["inProgress"])
        byStatus = (json["byStatus"]?.object?.members ?? []).map { ($0.name, integer($0.value)) }
        oldestQueued = json["oldestQueued"].flatMap { job in
            guard let id = job["jobId"]?.string, let target = job["target"]?.string,
                let createdAt = job["createdAt"]?.string
            else { return nil }
            return Standout(id: id, target: target, createdAt: createdAt)
        }
    }

    var queued: Int { byStatus.first { $0.status == JobStatus.queued.rawValue }?.count ?? 0 }
}

/// What `GET /maintenance-status` tells.
struct MaintenanceState: Sendable {
    let message: String
    let isPaused: Bool
    let timestamp: String

    init(_ json: JSON) {
        message = json["msg"]?.string ?? ""
        isPaused = if case .bool(true)? = json["paused"] { true } else { false }
        timestamp = json["timestamp"]?.string ?? ""
    }
}
