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
                let rest = end.map { max(.zero, $0 - .now) } ?? Self.pause
                let drain = try await look(waiting: min(rest, Self.pause))
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
                        remedy: (hint(drain).map { "\($0); " } ?? "")
                            + "wait for longer, or end them; jobs stay paused")
                }
                if running != told {
                    let hint = hint(drain).map { "\n\($0)" } ?? ""
                    Terminal.printError("waiting for:\n" + running.joined(separator: "\n") + hint)
                }
                told = running
            } catch let failure as CommandFailure where failure.isPassing && end.map({ .now < $0 }) ?? true {
                // A service that is away for a while comes back.
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Between two looks.
    private static let pause = Duration.seconds(5)

    /// - Parameter time: how long to wait for the end of what runs.
    private func look(waiting time: Duration = .zero) async throws -> JSON {
        let start = ContinuousClock.now
        let (reply, holdsDatabase) = try await ServiceDoor.use(arguments) { door in
            // Where this process holds the database nothing changes, and a service that wants to start must not wait.
            let seconds = door.holdsDatabase ? 0 : Int(time / .seconds(1))
            return (try await door.get("/dispatch/drain?wait=\(seconds)"), door.holdsDatabase)
        }
        let rest = time - (ContinuousClock.now - start)
        let isDone = (try? reply.json())?["safe"] == .bool(true)
        if !isDone, rest > .zero, holdsDatabase || time < .seconds(1) { try await Task.sleep(for: rest) }
        if reply.code == "route.not-found" {
            throw CommandFailure(
                "--wait needs the module 'dispatch', which this service has not",
                remedy: "set modules.dispatch.enabled: true, or look at the jobs yourself", code: .configuration)
        }
        return try reply.json()
    }

    /// What to do about jobs whose executor was not heard of, which end by nobody's but a person's word.
    private func hint(_ drain: JSON) -> String? {
        let held = (drain["running"]?.array ?? []).first { $0["state"]?.string == "held" }
        guard let id = held?["jobId"]?.string?.printable() else { return nil }
        let command = arguments.program.product.name
        return "held jobs wait for your word, such as: \(command) leases resolve \(id) --action requeue --reason '…'"
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
