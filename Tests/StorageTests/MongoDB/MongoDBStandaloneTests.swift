import Kernel
import KernelTesting
import Synchronization
import Testing

@testable import StorageMongoDB

/// A server that says it is standalone. (The test server has transactions even then; this driver does not use them.)
@Suite("On a standalone server", .needsMongoDB, .serialized)
struct MongoDBStandaloneTests {
    static let server = Result { try MongoDBServer(isStandalone: true) }

    /// What needs transactions of the server cannot hold: states that stay while others write.
    static let checks = StoreConformance.Check.allCases.filter {
        ![.snapshotsSeeOneState, .readsSeeOneState, .longListsStream].contains($0)
    }

    @Test("the store conforms but for snapshots", arguments: checks)
    func conforms(_ check: StoreConformance.Check) async throws {
        try await StoreConformance { try MongoDBTestDatabase(on: Self.server.get()) }.run(check)
    }

    private static let specs = [
        CollectionSpec("inprogress", indexes: [.unique("key"), .unique("target")]),
        CollectionSpec("completed", indexes: [.unique("key")]),
        CollectionSpec("targets", indexes: [.unique("name")]),
    ]
    private let inProgress = Collection(name: "inprogress", ordinal: 0)
    private let completed = Collection(name: "completed", ordinal: 1)
    private let targets = Collection(name: "targets", ordinal: 2)

    private struct Crash: Error {}

    @Test("a crash between any two steps of a move loses nothing and doubles nothing")
    func crashes() async throws {
        var step = 0
        while true {
            step += 1
            let database = try MongoDBTestDatabase(on: Self.server.get())
            let isWhole = try await crash(at: step, in: database)
            await database.remove()
            if isWhole { break }
        }
        #expect(step > 6, "a move has \(step - 1) steps")
    }

    /// Lets the process "crash" before a step of a move.
    /// - Returns: whether the move has had fewer steps.
    private func crash(at step: Int, in database: MongoDBTestDatabase) async throws -> Bool {
        let count = Mutex(0)
        let isArmed = Mutex(false)
        let driver = try MongoDBDriver.at(database.url)
        let store = try await driver.open(Self.specs, log: .none) {
            let isNow =
                isArmed.withLock { $0 }
                && count.withLock { count in
                    count += 1
                    return count >= step
                }
            if isNow { throw Crash() }
        }
        let (inProgress, completed, targets) = (inProgress, completed, targets)
        try await store.write { transaction in
            try transaction.insert((["key": "k", "target": "T", "log": ["a"]] as JSON).bytes, into: inProgress)
            try transaction.insert((["name": "T", "count": 1, "log": []] as JSON).bytes, into: targets)
        }
        isArmed.withLock { $0 = true }
        var isAcknowledged = true
        do {
            try await store.write { transaction in
                let job = try transaction.update(
                    in: inProgress, where: .equal("key", "k"), [.append("log", ["b"]), .set("status", "completed")])
                guard let job else { throw TestError("no job") }
                try transaction.insert(job.bytes, into: completed)
                try transaction.delete(in: inProgress, where: .equal("key", "k"))
                _ = try transaction.update(
                    in: targets, where: .equal("name", "T"), [.set("count", 2), .append("log", ["x"])])
            }
        } catch is Crash {
            isAcknowledged = false
            // Readers see the job all the time, in one collection or both.
            let seen = try await store.read {
                try $0.count(in: inProgress, where: .equal("key", "k"))
                    + $0.count(in: completed, where: .equal("key", "k"))
            }
            #expect(seen >= 1, "before step \(step)")
        }
        await store.close()

        let again = try await driver.open(Self.specs, log: .none)
        let (old, new, target) = try await again.read { transaction in
            (
                try transaction.all(in: inProgress), try transaction.all(in: completed),
                try transaction.all(in: targets)
            )
        }
        let moved: JSON = ["key": "k", "target": "T", "log": ["a", "b"], "status": "completed"]
        if new.isEmpty {
            #expect(!isAcknowledged)
            #expect(old.map(\.normalized) == [(["key": "k", "target": "T", "log": ["a"]] as JSON).normalized])
            #expect(target.map(\.normalized) == [(["name": "T", "count": 1, "log": []] as JSON).normalized])
        } else {
            #expect(new.map(\.normalized) == [moved.normalized], "before step \(step)")
            #expect(old.isEmpty, "before step \(step)")
            #expect(target.map(\.normalized) == [(["name": "T", "count": 2, "log": ["x"]] as JSON).normalized])
        }
        await again.close()
        return isAcknowledged
    }
}

extension ReadTransaction {
    func all(in collection: Collection) throws -> [JSON] {
        var found: [JSON] = []
        try find(in: collection, Query()) { _, bytes in
            found.append(try JSON(parsing: bytes))
            return .next
        }
        return found
    }
}
