import Kernel
import Synchronization

/// The newest events, in memory while anybody follows: what is committed here is handed over after the commit, what
/// others commit on a shared store is looked up for all followers at once. Who falls behind reads from the store.
final class EventTail: Sendable {
    /// An event with the form in which followers get it, made once for all of them.
    struct Entry: Sendable {
        let event: Event
        let frame: ServerSentEvent

        init(_ event: Event) {
            self.event = event
            frame = event.frame
        }
    }

    fileprivate struct State {
        /// The number of the last event that is known; nil before any is.
        var end: UInt64?
        var entries: [Entry] = []
        var bytes = 0
        var followers = 0
        /// Those of the followers that are clients.
        var clients = 0
        var isEnding = false
    }

    private static let mostEntries = 1024
    private static let mostBytes = 4 << 20

    private let state = Mutex(State())
    /// Told of new events.
    let news = ChangeSignal()
    /// Told of new followers.
    let arrivals = ChangeSignal()

    /// The number of the last event that is known.
    var end: UInt64? { state.withLock { $0.end } }
    var followers: Int { state.withLock { $0.followers } }

    /// Takes in events that are committed, in their order.
    func offer(_ events: [Event]) {
        let isNews = state.withLock { state in
            let followers = state.followers
            var isNews = false
            for event in events {
                if let end = state.end, event.sequence <= end { continue }
                if followers == 0 || state.end.map({ $0 + 1 != event.sequence }) ?? false {
                    // Followers find what lies between in the store.
                    state.entries = []
                    state.bytes = 0
                }
                state.end = event.sequence
                isNews = true
                if followers > 0 {
                    state.entries.append(Entry(event))
                    state.bytes += event.bytes.count
                }
            }
            state.trim(to: Self.mostEntries, Self.mostBytes)
            return isNews && followers > 0
        }
        if isNews { news.notify() }
    }

    /// What comes behind a number, if all of that is at hand; nil if the store must be asked.
    func entries(after sequence: UInt64, limit: Int) -> [Entry]? {
        state.withLock { state in
            guard let end = state.end else { return nil }
            if sequence == end { return [] }
            guard sequence < end, let first = state.entries.first?.event.sequence, first <= sequence + 1 else {
                return nil
            }
            let start = Int(sequence + 1 - first)
            return Array(state.entries[start...].prefix(limit))
        }
    }

    /// Takes note of where the history ends, by somebody who has looked. Who follows already has not seen what is new
    /// then, and will not be told of it again.
    func didReach(_ sequence: UInt64) {
        let isNews = state.withLock { state in
            guard state.end.map({ $0 < sequence }) ?? true else { return false }
            defer { state.end = sequence }
            state.entries = []
            state.bytes = 0
            return state.end != nil
        }
        if isNews { news.notify() }
    }

    /// Whether the service is about to stop, so that nobody is to wait any more.
    var isEnding: Bool { state.withLock { $0.isEnding } }

    func endWaiting() {
        state.withLock { $0.isEnding = true }
        news.notify()
    }

    /// - Parameter limit: how many clients there may be.
    /// - Returns: what keeps the place of a client for as long as it is there; nil if there are so many already.
    func join(atMost limit: Int) -> Follower? { join(isClient: true, atMost: limit) }

    /// For this process itself.
    func join() -> Follower? { join(isClient: false, atMost: .max) }

    private func join(isClient: Bool, atMost limit: Int) -> Follower? {
        let isIn = state.withLock { state in
            guard !isClient || state.clients < limit else { return false }
            state.clients += isClient ? 1 : 0
            if state.followers == 0 {
                // What was committed elsewhere meanwhile is not known.
                state.end = nil
                state.entries = []
                state.bytes = 0
            }
            state.followers += 1
            return true
        }
        guard isIn else { return nil }
        arrivals.notify()
        return Follower(tail: self, isClient: isClient)
    }

    fileprivate func leave(isClient: Bool) {
        state.withLock { state in
            state.clients -= isClient ? 1 : 0
            state.followers -= 1
            guard state.followers == 0 else { return }
            state.entries = []
            state.bytes = 0
        }
    }

    final class Follower: Sendable {
        private let tail: EventTail
        private let isClient: Bool

        fileprivate init(tail: EventTail, isClient: Bool) {
            self.tail = tail
            self.isClient = isClient
        }

        deinit { tail.leave(isClient: isClient) }
    }
}

extension EventTail.State {
    /// Lets go of the oldest events; by halves, so that each is moved a few times at most.
    fileprivate mutating func trim(to count: Int, _ most: Int) {
        guard entries.count > count || bytes > most else { return }
        var rest = entries.count
        var first = 0
        while rest > count / 2 || bytes > most / 2, rest > 1 {
            bytes -= entries[first].event.bytes.count
            first += 1
            rest -= 1
        }
        entries.removeFirst(first)
    }
}
