import Jobs
import Kernel
import Maintenance

/// Whether anything runs.
extension DispatchRegister {
    struct StartedJob: Sendable {
        let id, operation, target, status: String

        init(_ job: Job) {
            id = job.id ?? ""
            operation = job.operationName ?? ""
            target = job.target ?? ""
            status = job.statusName ?? ""
        }
    }

    struct Drain: Sendable {
        let isPaused: Bool
        let running: [Lease]
        /// Begun by executors that take no leases.
        let untracked: [StartedJob]

        /// Nothing runs, and nothing is going to.
        var isSafe: Bool { isPaused && running.isEmpty && untracked.isEmpty }
    }

    func drain() async throws -> Drain {
        try await store.read { transaction in
            let running = try leases.active([.live, .held], in: transaction)
            let tracked = Set(running.map(\.job))
            var untracked: [StartedJob] = []
            try desk.findStarted(in: transaction) { job in
                if !(job.id.map(tracked.contains) ?? false) { untracked.append(StartedJob(job)) }
                return .next
            }
            return Drain(
                isPaused: try maintenance.isPaused(in: transaction), running: running, untracked: untracked)
        }
    }
}
