import Kernel

/// The thread on which an instance says that it lives.
final class Heartbeat: Sendable {
    private enum State {
        case running
        case stopping(CheckedContinuation<Void, Never>?)
        case stopped
    }

    private let state = Monitor(State.running)
    /// Three commands each: an idle instance sends fewer than one a second.
    static let interval = Duration.seconds(4)
    private static let retry = Duration.seconds(1)

    /// Begins at once. Nobody waits for it: an instance starts even where clearing up behind others takes long.
    init(_ register: InstanceRegister, _ client: Client, _ health: ServerHealth) throws {
        try OwnThread.start("mongodb-beat") { [state] in
            var span = Duration.zero
            while Self.waits(span, state) {
                // What fails now is tried again soon; the workers' own failures are told.
                span = (try? register.beat(client)) == nil ? Self.retry : Self.interval
            }
            if health.problem == nil { try? register.leave(client) }
            let waiting = state.update { state -> CheckedContinuation<Void, Never>? in
                defer { state = .stopped }
                if case .stopping(let waiting) = state { return waiting }
                return nil
            }
            waiting?.resume()
        }
    }

    /// Waits until it is time again.
    /// - Returns: false when it is time to end.
    private static func waits(_ span: Duration, _ state: Monitor<State>) -> Bool {
        let next = ContinuousClock.now + span
        return state.wait { state in
            guard case .running = state else { return .done(false) }
            return .now < next ? .until(next) : .done(true)
        }
    }

    /// Takes the instance out of the register and ends the thread.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.update { state in
                switch state {
                case .running:
                    state = .stopping(continuation)
                    return false
                case .stopping, .stopped:
                    return true
                }
            }
            if isStopped { continuation.resume() }
        }
    }
}
