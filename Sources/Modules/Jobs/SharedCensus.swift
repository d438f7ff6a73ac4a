import Kernel
import Synchronization

/// One census that all who ask share, people and scrapes alike: only one is ever under way, and what it found serves for
/// a second, so that the register is not read more often however many ask.
final class SharedCensus: Sendable {
    private struct State {
        var found: (census: JobCensus, at: ContinuousClock.Instant)?
        var run: Task<JobCensus, any Error>?
    }

    private static let freshness = Duration.seconds(1)

    private let read: @Sendable () async throws -> JobCensus
    private let state = Mutex(State())

    init(of collections: JobCollections, in store: any DocumentStore, stuckAfter: Duration) {
        read = { try await JobCensus.read(collections, in: store, stuckAfter: stuckAfter) }
    }

    /// The last one if it was begun within the last second, or the one that is under way, or a new one.
    func latest() async throws -> JobCensus {
        let (census, run) = state.withLock { state -> (JobCensus?, Task<JobCensus, any Error>?) in
            if let found = state.found, .now - found.at < Self.freshness { return (found.census, nil) }
            // Not on the executor of whoever happens to ask first, which may be an event loop.
            if state.run == nil { state.run = Task.detached { try await self.runOnce(at: .now) } }
            return (nil, state.run)
        }
        if let census { return census }
        guard let run else { throw CancellationError() }
        return try await run.value
    }

    private func runOnce(at begin: ContinuousClock.Instant) async throws -> JobCensus {
        do {
            let census = try await read()
            state.withLock { state in (state.found, state.run) = ((census, begin), nil) }
            return census
        } catch {
            state.withLock { $0.run = nil }
            throw error
        }
    }
}
