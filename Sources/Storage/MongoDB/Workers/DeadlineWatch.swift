import Kernel

/// A thread that wakes when something is due, and sleeps while nothing is.
final class DeadlineWatch: Sendable {
    private struct State {
        var next: ContinuousClock.Instant?
        var isClosed = false
    }

    private let state = Monitor(State())

    /// Starts the thread.
    /// - Parameter look: ends what is due, and returns when to look again; nil if nothing is expected.
    func start(_ look: @escaping @Sendable (_ now: ContinuousClock.Instant) -> ContinuousClock.Instant?) throws {
        try OwnThread.start("mongodb-watch") { [state] in
            while Self.waits(state) {
                if let next = look(.now) { Self.note(next, in: state) }
            }
        }
    }

    /// Tells of something that is due then.
    func expect(_ deadline: ContinuousClock.Instant) {
        // Most are later than what is waited for already: they wake nobody.
        let isFirst = state.read { state in state.next.map { deadline < $0 } ?? true }
        if isFirst { Self.note(deadline, in: state) }
    }

    func close() { state.update { $0.isClosed = true } }

    private static func note(_ deadline: ContinuousClock.Instant, in state: Monitor<State>) {
        state.update { state in
            state.next = state.next.map { min($0, deadline) } ?? deadline
        }
    }

    /// - Returns: false when it is time to end.
    private static func waits(_ state: Monitor<State>) -> Bool {
        state.wait { state in
            if state.isClosed { return .done(false) }
            guard let next = state.next, next <= .now else { return .until(state.next) }
            state.next = nil
            return .done(true)
        }
    }
}
