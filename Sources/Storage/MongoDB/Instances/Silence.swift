import Kernel
import Synchronization

/// For how long other instances have said nothing, as far as this one has been there to hear it: what it missed while
/// the server was away, or it was paused itself, does not count.
final class Silence: Sendable {
    private struct State {
        var looked: ContinuousClock.Instant?
        /// What each said last, and when this instance heard it first.
        var heard: [ObjectID: (beat: Int64, at: ContinuousClock.Instant)] = [:]
    }

    /// When to look whether an instance is still there.
    static let suspicious = Heartbeat.interval * 3
    /// When servers have ended every transaction that it may have left.
    static let hopeless = Duration.seconds(90)

    private let state = Mutex(State())

    /// - Returns: how long each has been silent.
    func look(at notes: [InstanceNote]) -> [ObjectID: Duration] {
        let now = ContinuousClock.now
        return state.withLock { state in
            let wasAway = state.looked.map { now - $0 > Heartbeat.interval * 3 / 2 } ?? true
            let before = wasAway ? [:] : state.heard
            state.looked = now
            state.heard = [:]
            for note in notes {
                let last = before[note.id]
                state.heard[note.id] = last?.beat == note.beat ? last : (note.beat, now)
            }
            return state.heard.mapValues { now - $0.at }
        }
    }
}
