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
    private let health: ServerHealth
    private let clients: [Client]
    private let span: Duration

    /// While the server is down, so much work still tries it.
    private static let probes = 2

    /// - Parameters:
    ///   - clients: those of the workers.
    ///   - span: how long the server may be silent.
    init(limit: Int, clients: [Client], health: ServerHealth, span: Duration) {
        self.limit = limit
        self.clients = clients
        self.span = span
        self.health = health
        state = Monitor(State(workers: clients.count))
    }

    var usage: (size: Int, running: Int, waiting: Int) {
        state.read { (clients.count, $0.running.count, $0.waiting.count) }
    }

    /// - Throws: `StoreError.unavailable` when the line is full or closed.
    func add(_ work: any Work) throws {
        try state.update { state in
            guard !state.isClosed else { throw StoreError.closed }
            if let problem = health.problem, state.waiting.count + state.running.count >= Self.probes {
                throw problem
            }
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

    /// What waits although the server is down; it leaves the line.
    func hopeless() -> [any Work] {
        guard health.problem != nil else { return [] }
        return state.update { state in
            defer { state.waiting.removeAll { !$0.isCleanUp } }
            return state.waiting.filter { !$0.isCleanUp }
        }
    }

    func finished(by worker: Int) {
        state.update { $0.running[worker] = nil }
    }

    /// What is past its deadline; the waiting ones leave the line. A transaction of many steps may take longer than its
    /// deadline, as long as the server answers them.
    func expired(at now: ContinuousClock.Instant) -> [any Work] {
        state.update { state in
            let late = state.waiting.filter { $0.deadline < now }
            if !late.isEmpty { state.waiting.removeAll { $0.deadline < now } }
            return late
                + state.running.filter { worker, work in
                    guard work.deadline < now, !work.isSettled else { return false }
                    return clients[worker].lastAnswer.map { $0 + span < now } ?? true
                }.values
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

    var isClosed: Bool { state.update { $0.isClosed } }

    private func wakeAll() {
        for _ in 0..<state.update({ $0.workers }) { state.update { _ in } }
    }
}
