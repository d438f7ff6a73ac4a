import Jobs
import Kernel

/// Brings targets up to date when the service starts, from the jobs they are derived from: for a stack that enables
/// the module later, ran without it for a while, or lost the write of a target where its store has no transactions.
///
/// What came later is told by the order in which jobs were finished, never by their instants: clocks step back.
/// Completed jobs are read from the mark of the last start on, in steps that each move the mark, so that any number of
/// them gets done however often the service is ended meanwhile. Jobs in progress are all compared, which are few.
struct TargetRebuild: Sendable {
    let store: any DocumentStore
    let jobs: JobCollections
    let register: TargetRegister
    let marks: Collection
    let log: Logger

    /// As many jobs before the mark are compared at each start: a second look costs little, and other instances may
    /// have finished jobs there while the mark was written.
    static let overlap = 500
    /// Jobs of which the targets are written together.
    private static let stepSize = 2000

    func run(_ progress: GradualService.Progress) async throws {
        var tally = Tally()
        try await compareCompleted(&tally, progress)
        try await compareInProgress(&tally, progress)
        let summary = "\(tally.written) targets were missing or stale; \(tally.read) jobs were compared"
        if tally.written > 0 { log.warning(summary) } else { log.debug(summary) }
    }

    private struct Tally {
        var read = 0
        var written = 0

        mutating func add(_ batch: TargetBatch, _ progress: GradualService.Progress) {
            read += batch.count
            progress.report("\(read) jobs were compared with targets")
        }
    }

    private func compareCompleted(_ tally: inout Tally, _ progress: GradualService.Progress) async throws {
        var (place, mark) = try await store.read { try beginning(in: $0) }
        while true {
            var step = TargetBatch()
            repeat {
                try Task.checkCancellation()
                let batch = try await store.read { [jobs, register, place = step.last ?? place] in
                    try TargetBatch(jobs.completed, of: jobs, behind: place, register.form.partition, in: $0)
                }
                tally.add(batch, progress)
                step.append(batch)
                if batch.count < TargetBatch.size { break }
            } while step.count < Self.stepSize
            guard let last = step.last else { return }
            tally.written += try await settle(step.entries, RebuildMark(position: last), mark)
            // Jobs that were finished meanwhile lie behind it.
            place = last
            mark = max(mark ?? last, last)
        }
    }

    /// Behind which place to begin, and where the mark is.
    private func beginning(in transaction: any ReadTransaction) throws -> (Position?, mark: Position?) {
        guard let mark = try RebuildMark.read(marks, in: transaction)?.position,
            try transaction.first(in: register.collection, Query()) != nil
        else { return (nil, nil) }
        var place: Position?
        var count = 0
        let before = Query(order: .reverseEntry, after: mark, limit: Self.overlap)
        try transaction.find(in: jobs.completed, before) { position, _ in
            place = position
            count += 1
            return .next
        }
        return (count < Self.overlap ? nil : place, mark)
    }

    /// Writes those of the targets that differ from what is known, and the mark if it moves.
    private func settle(_ targets: [TargetBatch.Entry], _ reached: RebuildMark, _ mark: Position?) async throws -> Int {
        let moves = mark.map { $0 < reached.position } ?? true
        let place = reached.position
        let isSuspect = try await store.read { [register, jobs] in
            try !register.outdated(targets, upTo: place, by: jobs, in: $0).isEmpty
        }
        guard moves || isSuspect else { return 0 }
        // Others may write meanwhile, so it is looked at again by the transaction that writes.
        return try await store.write { [register, jobs, marks] transaction in
            let outdated = try register.outdated(targets, upTo: place, by: jobs, in: transaction)
            try register.put(outdated, in: transaction)
            if moves { try reached.write(marks, in: transaction) }
            return outdated.count
        }
    }

    private func compareInProgress(_ tally: inout Tally, _ progress: GradualService.Progress) async throws {
        var batch = TargetBatch()
        repeat {
            try Task.checkCancellation()
            let place = batch.last
            let isSuspect: Bool
            (batch, isSuspect) = try await store.read { [register, jobs] transaction in
                let batch = try TargetBatch(
                    jobs.inProgress, of: jobs, behind: place, register.form.partition, in: transaction)
                return (batch, try !register.stale(batch.targets, in: transaction).isEmpty)
            }
            tally.add(batch, progress)
            guard isSuspect else { continue }
            tally.written += try await store.write { [register, jobs] transaction in
                let batch = try TargetBatch(
                    jobs.inProgress, of: jobs, behind: place, register.form.partition, in: transaction)
                let stale = try register.stale(batch.targets, in: transaction).filter {
                    try !jobs.wasReleased($0, in: transaction)
                }
                try register.put(stale.map(\.target), in: transaction)
                return stale.count
            }
        } while batch.count == TargetBatch.size
    }
}
