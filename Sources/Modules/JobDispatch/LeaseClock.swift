import Kernel
import Synchronization

/// What this process has seen of leases by its own monotonic clock, which no other clock is compared with: since when
/// each of them has been as it is. A process that starts begins to observe anew, and so does one that has not looked for
/// a while, during which nobody could have been heard.
final class LeaseClock: Sendable {
    private struct Sight {
        var beat: Int
        var since: ContinuousClock.Instant
    }

    private struct State {
        /// By fence.
        var sights: [Int: Sight] = [:]
        var lastLook: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    /// A longer pause between two looks, or a write that takes longer, makes this process begin anew.
    let blindness: Duration

    init(blindness: Duration) {
        self.blindness = blindness
    }

    /// Takes in what a look at all leases that are not over has found.
    func note(_ leases: [Lease], at now: ContinuousClock.Instant) {
        state.withLock { state in
            let isAnew = state.lastLook.map { now - $0 > blindness } ?? true
            state.lastLook = now
            var sights: [Int: Sight] = [:]
            for lease in leases {
                let known = state.sights[lease.fence]
                if let known,
                    lease.beat < known.beat || lease.beat == known.beat && (!isAnew || lease.state == .delayed)
                {
                    sights[lease.fence] = known
                } else {
                    sights[lease.fence] = Sight(beat: lease.beat, since: now)
                }
            }
            state.sights = sights
        }
    }

    /// Takes nobody for silent until the next look, and begins anew with that.
    func forgetSilence() { state.withLock { $0.lastLook = nil } }

    /// Writes what somebody tells of leases. If that fails, or takes long, others may not have been heard either.
    func writing<R: Sendable>(
        to store: any DocumentStore, _ body: @escaping @Sendable (any WriteTransaction) throws -> R
    ) async throws -> R {
        let start = ContinuousClock.now
        do {
            let result = try await store.write(body)
            if ContinuousClock.now - start > blindness { forgetSilence() }
            return result
        } catch let error where error.tellsOfTheStore {
            forgetSilence()
            throw error
        }
    }

    /// Takes in one that has just been granted, has beaten, or was given back here.
    func note(_ fence: Int, beat: Int, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            if let known = state.sights[fence], known.beat >= beat { return }
            state.sights[fence] = Sight(beat: beat, since: now)
        }
    }

    /// For how long a lease has been as it is; nothing for one that was not seen before.
    func age(of lease: Lease, at now: ContinuousClock.Instant = .now) -> Duration {
        state.withLock { state in
            guard state.lastLook != nil, let sight = state.sights[lease.fence], sight.beat >= lease.beat else {
                return .zero
            }
            return now - sight.since
        }
    }

    /// How long a job is still not to be handed out.
    func rest(of lease: Lease, at now: ContinuousClock.Instant = .now) -> Duration {
        guard lease.state == .delayed, let delay = lease.delay else { return .zero }
        return state.withLock { state in
            let sight = state.sights[lease.fence] ?? Sight(beat: lease.beat, since: now)
            if state.sights[lease.fence] == nil { state.sights[lease.fence] = sight }
            return max(.zero, .seconds(delay) - (now - sight.since))
        }
    }
}

extension Error {
    /// Whether others could not have written either. What is wrong with one document, or with a request, says nothing
    /// of them.
    fileprivate var tellsOfTheStore: Bool {
        if case .unavailable = self as? StoreError { return true }
        return self is CancellationError
    }
}
