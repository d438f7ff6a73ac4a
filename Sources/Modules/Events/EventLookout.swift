import Kernel

/// Looks for what others have committed to a shared store: once a second for all followers of this instance together,
/// and only while there are any.
struct EventLookout: LongRunningService {
    let name = "event look-out"
    let log: EventLog
    let tail: EventTail

    static let pause = Duration.seconds(1)

    func run() async throws {
        while true {
            let seen = tail.arrivals.count
            guard tail.followers > 0, log.store.isShared else {
                _ = try await tail.arrivals.wait(after: seen)
                continue
            }
            // Before that every follower looks for itself.
            if let end = tail.end { tail.offer(try await log.page(after: end)) }
            try await Task.sleep(for: Self.pause)
        }
    }
}
