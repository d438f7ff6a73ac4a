import Kernel

/// A lock for worker threads: whose transaction inserts, or is run again, holds it until the transaction ends.
final class EntryLane: Sendable {
    private let isTaken = Monitor(false)

    /// Waits for its turn.
    /// - Returns: false if the deadline came first.
    func enter(by deadline: ContinuousClock.Instant) -> Bool {
        isTaken.wait { isTaken in
            if !isTaken {
                isTaken = true
                return .done(true)
            }
            return ContinuousClock.Instant.now < deadline ? .until(deadline) : .done(false)
        }
    }

    func leave() {
        isTaken.update { $0 = false }
    }
}
