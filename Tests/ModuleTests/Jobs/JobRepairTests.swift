import Jobs
import Kernel
import KernelTesting
import Targets
import Testing

@Suite("Repair of jobs at a start")
struct JobRepairTests {
    @Test("of a job in both collections the completed one stays")
    func completedWins() async throws {
        let database = try TemporaryDatabase()
        try await database.withStore("inprogress", "completed") { store, collections in
            let instant = "2026-01-01T00:00:00.000000Z"
            let finished = SampleJob.stored("twice", target: "A_SET", status: "completed", at: instant)
            let unfinished = SampleJob.stored("twice", target: "A_SET", status: "importing", at: instant)
            try await store.write { transaction in
                // More than one batch, with the one in question in the second.
                for number in 0..<300 {
                    let other = SampleJob.stored("\(number)", target: "SET_\(number)", status: "queued", at: instant)
                    try transaction.insert(other.bytes, into: collections[0])
                }
                try transaction.insert(unfinished.bytes, into: collections[0])
                try transaction.insert(finished.bytes, into: collections[1])
            }
        }
        let log = LogRecorder()
        try await database.withService([JobsModule.self, TargetsModule.self], log: log) { client in
            let jobs = try await client.list("/jobs")
            #expect(jobs.count == 301)
            #expect(jobs.filter { $0["jobId"] == "twice" }.map { $0["status"] } == ["completed"])
            #expect(try await client.target("A_SET")?["status"] == "completed")
            // Its target is free again.
            _ = try await client.create(SampleJob.add("A_SET"))
        }
        #expect(log.messages.contains("job twice was both in progress and completed; completed wins"))
    }
}
