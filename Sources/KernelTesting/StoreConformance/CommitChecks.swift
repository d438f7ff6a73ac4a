import Kernel
import Synchronization

enum CommitChecks {
    private struct Refusal: Error {}

    /// What ran after commits, in order.
    private final class Record: Sendable {
        private let state = Mutex<[Int]>([])

        var all: [Int] { state.withLock { $0 } }

        func add(_ number: Int) { state.withLock { $0.append(number) } }
    }

    @Sendable static func hooks(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        let record = Record()
        try await expectError("a write that throws", { $0 is Refusal }) {
            try await sample.store.write { transaction in
                transaction.afterCommit { record.add(-1) }
                try transaction.insert((["n": -1] as JSON).bytes, into: alpha)
                throw Refusal()
            }
        }
        try await expectError("a write that a unique index refuses", { $0 is StoreError }) {
            try await sample.store.write { transaction in
                transaction.afterCommit { record.add(-2) }
                for _ in 0..<2 { try transaction.insert((["n": -2, "key": "k"] as JSON).bytes, into: alpha) }
            }
        }
        // One that changes nothing, and several in one transaction.
        try await sample.store.write { $0.afterCommit { record.add(0) } }
        try await sample.store.write { transaction in
            transaction.afterCommit { record.add(1) }
            try transaction.insert((["n": 1] as JSON).bytes, into: alpha)
            transaction.afterCommit { record.add(2) }
        }
        await Patience.until { record.all.count >= 3 }
        try expect(record.all == [0, 1, 2], "after commits ran \(record.all)")
        try await race(sample)
        await sample.store.close()
    }

    /// Many increment one number at the same time, which has transactions collide and run again, beside some that fail.
    private static func race(_ sample: Sample) async throws {
        let beta = sample.beta
        try await sample.insert([["key": "counter", "n": 0]], into: beta)
        let record = Record()
        try await withThrowingTaskGroup { group in
            for number in 0..<16 {
                group.addTask {
                    do {
                        try await sample.store.write { transaction in
                            // An entry first, which has its turn in the order of entries.
                            try transaction.insert((["n": 0] as JSON).bytes, into: beta)
                            let query = Query(.equal("key", "counter"))
                            guard let counter = try transaction.first(in: beta, query)?.json() else { throw Refusal() }
                            let next = counter.number + 1
                            _ = try transaction.update(
                                in: beta, where: query.filter, [.set("n", .integer(Int64(next)))])
                            transaction.afterCommit { record.add(next) }
                            if number % 4 == 0 { throw Refusal() }
                        }
                    } catch is Refusal {
                        try expect(number % 4 == 0, "the write \(number) was refused")
                    }
                }
            }
            try await group.waitForAll()
        }
        await Patience.until { record.all.count >= 12 }
        try expect(record.all == Array(1...12), "12 commits one after the other were told of as \(record.all)")
    }
}
