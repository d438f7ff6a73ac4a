/// One thread that does work for event loops, in order, for what would take them too long. What waits is bounded.
public final class WorkerThread: Sendable {
    /// Too much work waits, or the thread has been stopped.
    public struct Busy: Error, Sendable, CustomStringConvertible {
        public let description = "too much work waits"

        public init() {}
    }

    private struct State {
        var work: [@Sendable () -> Void] = []
        var isStopped = false
    }

    private let name: String
    private let limit: Int
    private let state = Monitor(State())

    /// - Parameters:
    ///   - name: of the thread.
    ///   - limit: how much work may wait.
    public init(_ name: String, limit: Int) {
        self.name = name
        self.limit = limit
    }

    public func start() throws(BootIssue) {
        try OwnThread.start(name) { [state] in
            while let batch = Self.next(state) {
                for work in batch { work() }
            }
        }
    }

    /// Turns new work away; what waits is still done, and the thread ends.
    public func stop() {
        state.update { $0.isStopped = true }
    }

    /// Does `body` on the thread.
    /// - Throws: `Busy`, and whatever `body` throws.
    public func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let isAccepted = add { continuation.resume(with: Result { try body() }) }
            if !isAccepted { continuation.resume(throwing: Busy()) }
        }
    }

    /// Puts `work` behind what waits already, for callers that hear of its outcome in another way.
    /// - Returns: false if it is turned away: too much waits, or the thread has been stopped.
    public func add(_ work: @escaping @Sendable () -> Void) -> Bool {
        state.update { state in
            guard !state.isStopped, state.work.count < limit else { return false }
            state.work.append(work)
            return true
        }
    }

    private static func next(_ state: Monitor<State>) -> [@Sendable () -> Void]? {
        state.wait { state in
            guard state.work.isEmpty else {
                defer { state.work = [] }
                return .done(state.work)
            }
            return state.isStopped ? .done(nil) : .until(nil)
        }
    }
}
