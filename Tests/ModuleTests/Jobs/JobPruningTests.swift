import Kernel
import KernelTesting
import StorageSQLite
import Testing

@testable import Jobs

@Suite("Finished jobs that are old")
struct JobPruningTests {
    private static let day: Int64 = 86_400_000_000
    private static let now = Timestamp(microseconds: 1_900_000_000_000_000)

    @Test("go, but for the last one of each target and whatever is young")
    func prune() async throws {
        let left = try await pruned(
            [job("a", "A", days: 100), job("b", "B", days: 90), job("c", "A", days: 80), job("d", "A", days: 5)])
        #expect(left == ["b", "d"])
    }

    @Test("stay while they are a target's last release")
    func releases() async throws {
        let bump = SampleJob.stored(
            "bump", target: "DATASTORE", status: "completed", at: Self.at(days: 90),
            parameters: SampleJob.bump(["A": "PENDING_RELEASE", "B": "DRAFT"]))
        let next = SampleJob.stored(
            "next", target: "DATASTORE", status: "completed", at: Self.at(days: 50),
            parameters: SampleJob.bump(["B": "PENDING_RELEASE"]))
        let failed = SampleJob.stored(
            "failed", target: "DATASTORE", status: "failed", at: Self.at(days: 40),
            parameters: SampleJob.bump(["A": "PENDING_RELEASE"]))
        // A release that has failed has released nothing.
        #expect(try await pruned([bump, next, failed]) == ["bump", "next", "failed"])
        #expect(try await pruned([bump, next, failed, job("a", "A", days: 30)]) == ["next", "failed", "a"])
    }

    @Test("stay if they are of another kind than this version knows")
    func foreign() async throws {
        let foreign: [JSON] = [
            [:], ["jobId": "1"], ["jobId": "2", "status": "completed", "createdAt": "2000-01-01T00:00:00Z"],
            ["jobId": "3", "parameters": ["target": "A"], "createdAt": "yesterday", "status": "completed"],
        ]
        #expect(try await pruned(foreign + [job("a", "A", days: 1)]) == [nil, "1", "2", "3", "a"])
    }

    @Test("go in any number, and those that were read back count as earlier than all others")
    func many() async throws {
        let jobs = (0..<1000).map { job("job-\($0)", "SET_\($0 % 7)", days: 1000 - Int64($0 / 2)) }
        let left = try await pruned(jobs + [job("old", "SET_1", days: 2000)], imported: ["old"])
        #expect(left == (993..<1000).map { "job-\($0)" })
        // What nothing else tells of is the last one, wherever it comes from.
        #expect(
            try await pruned([job("one", "X", days: 9), job("two", "X", days: 9)], imported: ["one", "two"]) == ["two"])
    }

    private func job(_ id: String, _ target: String, days: Int64) -> JSON {
        SampleJob.stored(id, target: target, status: "completed", at: Self.at(days: days))
    }

    private static func at(days: Int64) -> String {
        Timestamp(microseconds: now.microseconds - days * day).description
    }

    /// What is left of finished jobs that are kept for a week.
    private func pruned(_ jobs: [JSON], imported: [String] = []) async throws -> [String?] {
        let database = try TemporaryDatabase()
        let form = JobForm(nil)
        let specs = [
            JobCollections.inProgressSpec(form, maximumLog: JobLog.defaultMaximum), JobCollections.completedSpec(form),
            JobCollections.importedSpec,
        ]
        return try await database.withStore(specs) { store, collections in
            let (inProgress, completed, imports) = (collections[0], collections[1], collections[2])
            try await store.write { transaction in
                for job in jobs { try transaction.insert(job.bytes, into: completed) }
                for id in imported {
                    try transaction.insert((["jobId": .string(id)] as JSON).bytes, into: imports)
                }
            }
            let pruning = JobPruning(
                store: store,
                collections: JobCollections(
                    inProgress: inProgress, completed: completed, imported: imports, partition: nil),
                keep: .seconds(7 * 86_400), log: Logger("test", sink: LogRecorder()),
                pruned: Counter())
            let count = try await pruning.run(at: Self.now)
            let again = try await pruning.run(at: Self.now)
            #expect(again == 0)
            let left = try await store.read { transaction in
                var left: [String?] = []
                try transaction.find(in: completed, Query()) {
                    left.append(try Job(Document(position: $0, bytes: $1)).id)
                    return .next
                }
                return left
            }
            #expect(count == jobs.count - left.count)
            return left
        }
    }
}
