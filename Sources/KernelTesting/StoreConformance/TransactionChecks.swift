import Kernel

enum TransactionChecks {
    private struct Refusal: Error, Equatable {
        var reason: Int
    }

    @Sendable static func errors(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["n": 0, "key": "k", "tags": ["t"]]])
        let (alpha, beta) = (sample.alpha, sample.beta)
        try await expectError("a closure that throws", { $0 as? Refusal == Refusal(reason: 7) }) {
            try await sample.store.write { transaction in
                try transaction.insert((["n": 1, "tags": ["t"]] as JSON).bytes, into: alpha)
                try transaction.delete(in: alpha, where: .equal("key", "k"))
                try transaction.insert((["n": 2] as JSON).bytes, into: beta)
                _ = try transaction.update(in: alpha, where: .all, [.set("n", 9)])
                throw Refusal(reason: 7)
            }
        }
        try await expectError("a read closure that throws", { $0 as? Refusal == Refusal(reason: 8) }) {
            try await sample.store.read { _ in throw Refusal(reason: 8) }
        }
        try await sample.expect(.all, finds: [0])
        try await sample.expect(.contains("tags[]", "t"), finds: [0])
        try expect(try await sample.numbers(in: beta).isEmpty, "the second collection kept something")
        try await sample.insert([["n": 3, "key": "free"]], into: alpha)
        try await sample.expect(.all, finds: [0, 3])
    }

    @Sendable static func neighbours(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        try await sample.store.write { transaction in
                            try transaction.insert((["n": .integer(Int64(number))] as JSON).bytes, into: alpha)
                            if number % 3 == 0 { throw Refusal(reason: number) }
                        }
                        try expect(number % 3 != 0, "the error of \(number) was lost")
                    } catch let refusal as Refusal {
                        try expect(refusal.reason == number, "\(number) got the error of \(refusal.reason)")
                    }
                }
            }
            try await group.waitForAll()
        }
        let kept = try await sample.numbers().sorted()
        try expect(kept == (0..<200).filter { $0 % 3 != 0 }, "kept: \(kept)")
    }

    @Sendable static func visibility(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        let seen = try await sample.store.write { transaction in
            try transaction.insert((["n": 1, "key": "k"] as JSON).bytes, into: alpha)
            _ = try transaction.update(in: alpha, where: .equal("key", "k"), [.set("n", 2)])
            return try transaction.all(in: alpha, Query(.equal("key", "k"))).map(\.number)
        }
        try expect(seen == [2], "the transaction saw \(seen)")
        for number in 3..<50 {
            try await sample.insert([["n": .integer(Int64(number))]], into: alpha)
            let last = try await sample.numbers(Query(order: .reverseEntry, limit: 1))
            try expect(last == [number], "after the write of \(number), a read sees \(last)")
        }
    }

    /// Moves one document back and forth between the collections, from the first to the second in even rounds.
    private static func move(_ sample: Sample, rounds: Range<Int>) async throws {
        for round in rounds {
            let (from, to) = round % 2 == 0 ? (sample.alpha, sample.beta) : (sample.beta, sample.alpha)
            try await sample.store.write { transaction in
                guard let document = try transaction.first(in: from, Query(.equal("key", "mover"))) else {
                    throw ConformanceFailure(description: "the document has got lost")
                }
                try transaction.insert(document.bytes, into: to)
                try transaction.delete(in: from, where: .equal("key", "mover"))
            }
        }
    }

    @Sendable static func reads(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["key": "mover"]])
        let (alpha, beta) = (sample.alpha, sample.beta)
        try await withThrowingTaskGroup { group in
            group.addTask { try await move(sample, rounds: 0..<100) }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<200 {
                        let count = try await sample.store.read { transaction in
                            try transaction.count(in: beta, where: .equal("key", "mover"))
                                + transaction.count(in: alpha, where: .equal("key", "mover"))
                        }
                        try expect(count == 1, "a read saw the document \(count) times")
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Sendable static func snapshots(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["key": "mover"]])
        let (alpha, beta) = (sample.alpha, sample.beta)
        for round in 0..<20 {
            let snapshot = try await sample.store.snapshot()
            let (first, second) = round % 2 == 0 ? (alpha, beta) : (beta, alpha)
            let before = try await snapshot.read { try $0.count(in: first, where: .all) }
            try await move(sample, rounds: round..<(round + 1))
            let after = try await snapshot.read { try $0.count(in: second, where: .all) }
            try expect(before + after == 1, "the document appears \(before + after) times")
            let again = try await snapshot.read { try $0.count(in: first, where: .all) }
            try expect(again == before, "the snapshot has changed")
        }
        // What a snapshot shows is the state at its opening, not at its first read.
        let snapshot = try await sample.store.snapshot()
        try await sample.insert([["key": "late"]], into: alpha)
        let late = try await snapshot.read { try $0.count(in: alpha, where: .equal("key", "late")) }
        try expect(late == 0, "a snapshot shows what was written after its opening")
    }

    @Sendable static func snapshotsReturn(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["key": "k"]])
        let alpha = sample.alpha
        for _ in 0..<100 {
            let snapshot = try await sample.store.snapshot()
            try expect(try await snapshot.read { try $0.count(in: alpha, where: .all) } == 1, "a snapshot is empty")
        }
        // More at once than a store may have room for: they wait for each other.
        try await withThrowingTaskGroup { group in
            for _ in 0..<64 {
                group.addTask {
                    let isRead = try await Patience.until {
                        do {
                            let snapshot = try await sample.store.snapshot()
                            for _ in 0..<3 {
                                let count = try await snapshot.read { try $0.count(in: alpha, where: .all) }
                                try expect(count == 1, "a snapshot is empty")
                                await Task.yield()
                            }
                            return true
                        } catch StoreError.unavailable {
                            // A store takes it from who does not read on for long, as happens where tasks have to wait
                            // for a processor, and tells so.
                            return false
                        }
                    }
                    try expect(isRead, "a snapshot is never given")
                }
            }
            try await group.waitForAll()
        }
    }

    @Sendable static func counters(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["key": "counter", "n": 0], ["key": "other", "n": 0]])
        let alpha = sample.alpha
        try await withThrowingTaskGroup { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<10 {
                        try await sample.store.write { transaction in
                            let document = try transaction.first(in: alpha, Query(.equal("key", "counter")))
                            let number = try document?.json().number ?? -1
                            _ = try transaction.update(
                                in: alpha, where: .equal("key", "counter"),
                                [.set("n", .integer(Int64(number + 1))), .append("log", [.integer(Int64(number))])])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let counter = try await sample.find(Query(.equal("key", "counter"))).first
        try expect(counter?["n"], is: 160, "the counter after 160 increments")
        try expect(counter?["log"], is: .array((0..<160).map { .integer($0) }), "the log")
    }

    @Sendable static func positions(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        let positions = try await withThrowingTaskGroup(of: Position.self) { group in
            for _ in 0..<40 { group.addTask { try await sample.insert([[:]], into: alpha)[0] } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try expect(Set(positions).count == 40, "two documents have the same position")
        var last = try await sample.insert([["key": "last"]], into: alpha)[0]
        try expect(positions.allSatisfy { $0 < last }, "a later position is not behind the earlier ones")
        _ = try await sample.store.write { try $0.delete(in: alpha, where: .all) }
        let next = try await sample.insert([["key": "next"]], into: alpha)[0]
        try expect(last < next, "a position is used again after a delete")
        last = next
        _ = try await sample.store.write { try $0.delete(in: alpha, where: .all) }
        let store = try await sample.reopened()
        let after = try await store.write { try $0.insert((["key": "next"] as JSON).bytes, into: alpha) }
        try expect(last < after, "a position is used again after reopening")
        await store.close()
    }

    @Sendable static func cancellation(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let (alpha, beta) = (sample.alpha, sample.beta)
        let done = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let task = Task {
                        try await sample.store.write { transaction in
                            try transaction.insert((["n": .integer(Int64(number))] as JSON).bytes, into: alpha)
                            try transaction.insert((["n": .integer(Int64(number))] as JSON).bytes, into: beta)
                        }
                    }
                    if number % 2 == 0 { task.cancel() }
                    return (try? await task.value) == nil ? nil : number
                }
            }
            return await group.reduce(into: Set<Int>()) { if let number = $1 { $0.insert(number) } }
        }
        let (first, second) = (try await sample.numbers(), try await sample.numbers(in: beta))
        try expect(Set(first) == Set(second), "a write was done by half")
        try expect(done.isSubset(of: first), "an acknowledged write is missing")
        try expect(done.isSuperset(of: (0..<100).filter { $0 % 2 == 1 }), "a write failed that was not cancelled")
    }
}
