import Kernel
import Synchronization

/// Removes finished jobs that are older than the register keeps them, in steps that hold nobody up. The last job that
/// says something of a target stays whatever its age, and so does what this version does not understand.
struct JobPruning: Sendable {
    let store: any DocumentStore
    let collections: JobCollections
    /// How long jobs are kept beyond their end; zero for ever.
    let keep: Duration
    let log: Logger
    let pruned: Counter
    private let clock = SteadyClock()

    /// Jobs of one transaction.
    static let stepSize = 200
    static let interval = Duration.seconds(600)
    /// A shorter time would forget jobs whose requests may still be repeated (`Idempotency-Key`).
    static let leastKeep = Duration.seconds(86_400)

    /// - Parameters:
    ///   - keep: how long jobs are kept beyond their end; zero for ever.
    ///   - pruned: counts those that are removed.
    init(store: any DocumentStore, collections: JobCollections, keep: Duration, log: Logger, pruned: Counter) {
        (self.store, self.collections, self.keep, self.log, self.pruned) = (store, collections, keep, log, pruned)
    }

    /// Removes what there is to remove now.
    /// - Returns: how many jobs.
    @discardableResult
    func run() async throws -> Int {
        guard keep > .zero else { return 0 }
        guard let now = clock.now else {
            log.warning("the clock was stepped: no finished jobs are removed before it has been steady for a while")
            return 0
        }
        let count = try await run(at: now)
        if count > 0 { log.info("\(count) finished jobs were removed, which had been kept for as long as they should") }
        return count
    }

    func run(at now: Timestamp) async throws -> Int {
        let end = now - keep
        var (count, step) = (0, Step())
        repeat {
            try Task.checkCancellation()
            step = try await store.read { [place = step.last] in try candidates(before: end, behind: place, in: $0) }
            count += try await remove(step.ids)
        } while step.isFull && step.hasOld
        return count
    }

    private struct Step: Sendable {
        var last: Position?
        var isFull = false
        /// Whether any job was old enough: behind many that are not, none is looked for.
        var hasOld = false
        var ids: [String] = []
    }

    /// Which of the next jobs can go. Finished jobs do not change, and the last ones of a target are never removed: what
    /// can go once can go for good.
    private func candidates(
        before end: Timestamp, behind place: Position?, in transaction: any ReadTransaction
    ) throws -> Step {
        var (step, old) = (Step(last: place), [(Position, Job)]())
        var count = 0
        try transaction.find(in: collections.completed, Query(after: place, limit: Self.stepSize)) {
            position, document in
            let job = try Job(Document(position: position, bytes: document))
            if let instant = job.lastChangeAt.flatMap({ Timestamp($0) }), instant < end { old.append((position, job)) }
            (step.last, count) = (position, count + 1)
            return .next
        }
        (step.isFull, step.hasOld) = (count == Self.stepSize, !old.isEmpty)
        let imported = try collections.imported(among: old.compactMap(\.1.id), in: transaction)
        step.ids = try old.compactMap { position, job in
            guard let id = job.id else { return nil }
            let names = job.targetNames
            let isSurpassed = try names.allSatisfy { name in
                try collections.hasLater(
                    than: position, isImported: imported.contains(ExactText(id)), of: name,
                    in: collections.partition?.part(of: job), transaction)
            }
            return isSurpassed && !names.isEmpty ? id : nil
        }
        return step
    }

    private func remove(_ ids: [String]) async throws -> Int {
        guard !ids.isEmpty else { return 0 }
        let count = try await store.write { [collections] transaction in
            let areThese = Filter.among(.jobID, ids.map(JSON.string))
            try transaction.delete(in: collections.imported, where: areThese)
            return try transaction.delete(in: collections.completed, where: areThese)
        }
        pruned.add(count)
        return count
    }
}

/// The system's clock, for decisions that cannot be taken back: it tells no instant where it was stepped since it was
/// last asked, as the monotonic clock shows.
private final class SteadyClock: Sendable {
    private let last = Mutex<(wall: Timestamp, steady: ContinuousClock.Instant)>((.now, .now))

    private static let tolerance = Duration.seconds(60)

    /// nil if the clock was stepped.
    var now: Timestamp? {
        let (wall, steady) = (Timestamp.now, ContinuousClock.now)
        let before = last.withLock { last in
            defer { last = (wall, steady) }
            return last
        }
        let passed = Duration.microseconds(wall.microseconds - before.wall.microseconds)
        let step = passed - (steady - before.steady)
        return step < Self.tolerance && step > .zero - Self.tolerance ? wall : nil
    }
}
