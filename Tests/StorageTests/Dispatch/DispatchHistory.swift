import Kernel
import Testing

/// What the events of a stack say of its jobs and leases, one after the other as they were committed, held against what
/// must hold of them.
struct DispatchHistory {
    private struct Holder: Hashable {
        let fence: Int64
        var isHeld = false
    }

    private var status: [String: String] = [:]
    private var holders: [String: Holder] = [:]
    /// The lease that the event before has ended, in the same transaction.
    private var justReleased: (job: String, fence: Int64)?
    private var started: Set<String> = []
    private var legacy: Set<String> = []
    private var lastFence: Int64 = 0
    private var isPaused = false
    private var wasSafe = false
    /// Behind which events it was safe to upgrade.
    private(set) var safe: Set<Int> = []
    private(set) var grants = 0
    private(set) var holds = 0
    private(set) var pauses = 0
    private(set) var fencedUpdates = 0

    mutating func take(_ event: JSON) {
        let sequence = event["sequence"]?.string.flatMap { Int($0) } ?? -1
        let (job, data) = (event["subject"]?.string ?? "", event["data"] ?? .null)
        let fence = data["lease"]?["fence"]?.fence ?? 0
        let released = justReleased
        justReleased = nil
        switch event["type"]?.string?.split(separator: ".").suffix(2).joined(separator: ".") {
        case "job.created": status[job] = "queued"
        case "lease.granted":
            grants += 1
            #expect(!isPaused, "\(sequence): a grant in a pause")
            #expect(holders[job] == nil, "\(sequence): a second lease of \(job)")
            #expect(fence > lastFence, "\(sequence): fences rise")
            #expect(started.remove(job) != nil, "\(sequence): granted what was not queued")
            lastFence = fence
            holders[job] = Holder(fence: fence)
        case "lease.held":
            holds += 1
            #expect(holders[job] == Holder(fence: fence), "\(sequence): held what is not live")
            #expect(status[job] != "queued" && status[job] != nil, "\(sequence): held a finished job")
            holders[job]?.isHeld = true
        case "lease.released":
            #expect(holders[job]?.fence == fence, "\(sequence): released another lease")
            if holders[job]?.isHeld == false { justReleased = (job, fence) }
            holders[job] = nil
        case "job.updated", "job.finished": change(job, data, released, sequence)
        case "maintenance.changed":
            isPaused = data["status"]?["paused"] == true
            pauses += isPaused ? 1 : 0
        default: Issue.record("\(event.text)")
        }
        note(sequence)
    }

    private mutating func change(
        _ job: String, _ data: JSON, _ released: (job: String, fence: Int64)?, _ sequence: Int
    ) {
        let (old, new) = (status[job], data["job"]?["status"]?.string ?? "")
        #expect(old != nil, "\(sequence): a finished job has changed")
        let line = data["job"]?["log"]?.array?.last?["message"]?.string ?? ""
        if line.hasPrefix("fence "), let fence = Int64(line.dropFirst(6)) {
            fencedUpdates += 1
            let wasHolder = released?.job == job && released?.fence == fence
            #expect(wasHolder || holders[job] == Holder(fence: fence), "\(sequence): an update with fence \(fence)")
        } else if line == "legacy" {
            #expect(holders[job] == nil, "\(sequence): a legacy update of a leased job")
            if new != "queued" { legacy.insert(job) }
        } else if old == "queued", new == "initiated" {
            // The grant tells of it next.
            started.insert(job)
        }
        status[job] = new == "completed" || new == "failed" ? nil : new
        if new == "queued" || status[job] == nil { legacy.remove(job) }
    }

    /// Once it is safe, it stays so until the pause ends or an executor without leases begins with a job.
    private mutating func note(_ sequence: Int) {
        let runs = status.filter { $0.value != "queued" }
        let isSafe = isPaused && holders.isEmpty && runs.isEmpty
        if wasSafe, isPaused { #expect(runs.keys.allSatisfy(legacy.contains), "\(sequence): safe, and then not") }
        if isSafe { safe.insert(sequence) }
        wasSafe = isSafe
    }

    /// What holds at the end: nobody has lost a job.
    func finish() {
        for (job, status) in status where status != "queued" {
            #expect(holders[job] != nil || legacy.contains(job), "\(job) is \(status), and nobody has it")
        }
    }
}
