import Kernel

/// `maintenance on --wait`: returns once nothing runs and nothing is going to, as whoever hands out jobs tells.
struct MaintenanceWait: Sendable {
    private let arguments: Arguments
    private let limit: Duration?

    init(_ arguments: Arguments) {
        self.arguments = arguments
        limit = arguments["--timeout"].flatMap(TimeSpan.microseconds).map { .microseconds($0) }
    }

    /// What is wrong with the arguments together, or nil.
    static func problem(of arguments: Arguments) -> String? {
        guard let timeout = arguments["--timeout"] else { return nil }
        if !arguments.has("--wait") { return "--timeout says how long --wait waits, which is not given" }
        return TimeSpan.microseconds(timeout) == nil
            ? "--timeout must be a span of time such as 30s, 10m or 2h, not '\(timeout)'" : nil
    }

    /// Finds out, before anything is paused, whether there is anybody who can tell.
    func check() async throws { _ = try await look() }

    func perform() async throws {
        let end = limit.map { ContinuousClock.now + $0 }
        var told: [String]?
        while true {
            do {
                let drain = try await look(waiting: 5)
                if drain["safe"] == .bool(true) { return Terminal.print("Nothing runs: it is safe to upgrade.") }
                guard drain["paused"] == .bool(true) else {
                    throw CommandFailure(
                        "somebody has ended the maintenance meanwhile", remedy: "run the command again")
                }
                let running = Self.lines(drain)
                if let end, .now >= end {
                    for line in running { Terminal.print(line) }
                    throw CommandFailure(
                        "\(running.count) of the jobs still run",
                        remedy: "wait for longer, or end them; jobs stay paused")
                }
                if running != told { Terminal.printError("waiting for:\n" + running.joined(separator: "\n")) }
                told = running
            } catch let failure as CommandFailure where failure.isPassing && end.map({ .now < $0 }) ?? true {
                // A service that is away for a while comes back.
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func look(waiting seconds: Int = 0) async throws -> JSON {
        let rest = min(seconds, limit.map { Int($0 / .seconds(1)) } ?? seconds)
        let reply = try await ServiceDoor.use(arguments) { try await $0.get("/dispatch/drain?wait=\(rest)") }
        if reply.code == "route.not-found" {
            throw CommandFailure(
                "--wait needs the module 'dispatch', which this service has not",
                remedy: "set modules.dispatch.enabled: true, or look at the jobs yourself", code: .configuration)
        }
        return try reply.json()
    }

    /// What still runs, a line each.
    private static func lines(_ drain: JSON) -> [String] {
        let (running, untracked) = (drain["running"]?.array ?? [], drain["untracked"]?.array ?? [])
        return TextLayout.table(
            (running + untracked).map { job in
                let words = ["jobId", "operation", "target"].map { (job[$0]?.string ?? "").printable() }
                let executor = job["executor"]?.string.map { "\($0.printable()), \(job["state"]?.string ?? "")" }
                return words + [executor ?? "begun without a lease"]
            })
    }
}
