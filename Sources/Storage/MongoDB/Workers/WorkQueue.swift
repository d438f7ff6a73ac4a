import Kernel

/// The work that waits for a worker, and that which workers are at: bounded, and each with its deadline.
final class WorkQueue: Sendable {
    private struct State {
        var waiting: [any Work] = []
        /// What has been started and not finished, by the worker that is at it.
        var running: [Int: any Work] = [:]
        var isClosed = false
        var workers = 0
        var closer: CheckedContinuation<Void, Never>?
    }

    private let state: Monitor<State>
    private let limit: Int
    private let clients: [Client]

    /// For so long a server may be silent in the middle of a transaction whose deadline has passed.
    private static let patience = Duration.seconds(2)

    /// - Parameter clients: those of the workers.
    init(limit: Int, clients: [Client]) {
        self.limit = limit
        self.clients = clients
        state = Monitor(State(workers: clients.count))
    }

    var usage: (size: Int, running: Int, waiting: Int) {
        state.read { (clients.count, $0.running.count, $0.waiting.count) }
    }

    /// - Throws: `StoreError.unavailable` when the line is full or closed.
    func add(_ work: any Work) throws {
        try state.update { state in
            guard !state.isClosed else { throw StoreError.closed }
            guard state.waiting.count < limit else {
                throw StoreError.unavailable(reason: "too many wait for the database", retryAfter: 1)
            }
            state.waiting.append(work)
        }
    }

    /// Adds what must be done even when the line is full or closed.
    func addUnbounded(_ work: any Work) {
        state.update { $0.waiting.append(work) }
    }

    /// Waits for work whose caller still waits for it; nil when the queue is closed and empty.
    func next(for worker: Int) -> (any Work)? {
        state.wait { state in
            while !state.waiting.isEmpty {
                let work = state.waiting.removeFirst()
                if work.isSettled { continue }
                state.running[worker] = work
                return .done(work)
            }
            return state.isClosed ? .done(nil) : .until(nil)
        }
    }

    func finished(by worker: Int) {
        state.update { $0.running[worker] = nil }
    }

    /// What is past its deadline, and when to look again; the waiting ones leave the line. A transaction of many steps
    /// may take longer than its deadline, as long as the server answers them.
    func expired(at now: ContinuousClock.Instant) -> (late: [any Work], next: ContinuousClock.Instant?) {
        state.update { state in
            var late = state.waiting.filter { $0.deadline <= now }
            if !late.isEmpty { state.waiting.removeAll { $0.deadline <= now } }
            var next = state.waiting.filter { !$0.isCleanUp }.map(\.deadline)
            for (worker, work) in state.running where !work.isSettled && !work.isCleanUp {
                let due = max(work.deadline, clients[worker].lastAnswer.map { $0 + Self.patience } ?? work.deadline)
                if due <= now { late.append(work) } else { next.append(due) }
            }
            return (late, next.min())
        }
    }

    /// Lets what waits be done, and returns when every worker has ended.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let hasEnded = state.update { state in
                state.isClosed = true
                if state.workers > 0 { state.closer = continuation }
                return state.workers == 0
            }
            if hasEnded { continuation.resume() }
            wakeAll()
        }
    }

    func workerEnded() {
        let closer = state.update { state -> CheckedContinuation<Void, Never>? in
            state.workers -= 1
            guard state.workers == 0 else { return nil }
            defer { state.closer = nil }
            return state.closer
        }
        closer?.resume()
    }

    var isClosed: Bool { state.read { $0.isClosed } }

    private func wakeAll() {
        for _ in 0..<state.update({ $0.workers }) { state.update { _ in } }
    }
}
