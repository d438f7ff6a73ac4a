import Jobs
import Kernel

/// Brings targets up to date when the service starts, from the jobs they are derived from: for a stack that enables
/// the module later, ran without it for a while, or lost the write of a target where its store has no transactions.
///
/// Jobs in progress are all compared, which are few. Completed ones are read from the latest backwards, in batches, up
/// to the mark that the last start has left.
struct TargetRebuild: Service {
    let name = "target rebuild"
    let store: any DocumentStore
    let jobs: JobCollections
    let register: TargetRegister
    let marks: Collection
    let log: Logger

    /// That many completed jobs are compared at each start, whatever the mark says: a second look costs little.
    static let overlap = 1000

    func start() async throws {
        var tally = Tally()
        var batch = TargetBatch()
        repeat {
            batch = try await compare(jobs.inProgress, Query(after: batch.last), &tally)
        } while !batch.isLast
        try await compareCompleted(&tally)
        let summary = "\(tally.written) targets were missing or stale; \(tally.read) jobs were compared"
        if tally.written > 0 { log.warning(summary) } else { log.debug(summary) }
    }

    private struct Tally {
        var read = 0
        var written = 0
    }

    private func compareCompleted(_ tally: inout Tally) async throws {
        let state = try await store.read { [jobs, register, marks] in
            try CompletedJobs(jobs: jobs.completed, targets: register.collection, marks: marks, in: $0)
        }
        guard let newest = state.newest else { return }
        var batch = TargetBatch()
        var (read, behindMark) = (0, 0)
        repeat {
            batch = try await compare(jobs.completed, Query(order: .reverseEntry, after: batch.last), &tally)
            read += batch.positions.count
            behindMark += batch.positions.count { state.isBehindMark($0) }
        } while !batch.isLast && !(read >= Self.overlap && state.isKnown(before: batch.last, count: behindMark))
        try await store.write { [register, marks] transaction in
            let targets = try transaction.count(in: register.collection, where: .all)
            let mark = RebuildMark(position: newest, completed: state.completed, targets: targets)
            if mark != state.mark { try mark.write(marks, in: transaction) }
        }
    }

    /// Reads the next batch of jobs and writes the targets of which they know better.
    private func compare(_ collection: Collection, _ query: Query, _ tally: inout Tally) async throws -> TargetBatch {
        try Task.checkCancellation()
        let (batch, isSuspect) = try await store.read { [register] transaction in
            let batch = try TargetBatch(collection, query, register.form.partition, in: transaction)
            return (batch, try !register.outdated(batch.targets, in: transaction).isEmpty)
        }
        tally.read += batch.positions.count
        guard isSuspect else { return batch }
        // Others may write meanwhile, so the jobs are read again by the transaction that writes their targets.
        tally.written += try await store.write { [register, jobs] transaction in
            try register.mend(
                TargetBatch(collection, query, register.form.partition, in: transaction).targets, from: jobs,
                in: transaction)
        }
        return batch
    }
}

/// How completed jobs stand at a start, and what the mark says of them.
private struct CompletedJobs: Sendable {
    let newest: Position?
    let completed: Int
    let targets: Int
    let mark: RebuildMark?

    init(jobs: Collection, targets: Collection, marks: Collection, in transaction: any ReadTransaction) throws {
        newest = try transaction.first(in: jobs, Query(order: .reverseEntry))?.position
        completed = try transaction.count(in: jobs, where: .all)
        self.targets = try transaction.count(in: targets, where: .all)
        mark = try RebuildMark.read(marks, in: transaction)
    }

    func isBehindMark(_ position: Position) -> Bool {
        mark.map { position > $0.position } ?? true
    }

    /// Whether all jobs before `position` have been compared at an earlier start.
    /// - Parameter count: how many jobs there are behind the mark.
    func isKnown(before position: Position?, count: Int) -> Bool {
        guard let mark, let position, position <= mark.position else { return false }
        return mark.completed + count == completed && mark.targets <= targets
    }
}
