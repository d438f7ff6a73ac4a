import Kernel

enum AllMatchesChecks {
    @Sendable static func updates(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        try await sample.insert(
            (0..<300).map { ["n": .integer($0), "kind": .integer($0 % 3), "parameters": ["target": "T"]] }, into: alpha)
        func update(_ filter: Filter, _ changes: [Change]) async throws -> Int {
            try await sample.store.write { try $0.updateAll(in: alpha, where: filter, changes) }
        }
        // What is changed is what was looked for, so that a change must not be met again.
        let count = try await update(
            .equal("kind", 1), [.set("kind", 2), .set("parameters.seen", true), .append("tags", ["x"])])
        try expect(count == 100, "an update of 100 counted \(count)")
        try expect(try await sample.numbers(.equal("kind", 1)).isEmpty, "some are as they were")
        try expect(try await sample.numbers(.equal("kind", 2)).count == 200, "others were changed")
        let seen = try await sample.numbers(.equal("parameters.seen", true))
        try expect(seen == (0..<300).filter { $0 % 3 == 1 }, "changed were \(seen)")
        try expect(try await sample.numbers(.contains("tags[]", "x")) == seen, "an index of an array has not followed")
        let first = try await sample.find(Query(.equal("n", 1))).first
        try expect(first?["tags"], is: ["x"], "an appended element")
        try expect(try await update(.equal("kind", 1), [.set("kind", 9)]) == 0, "nothing matched")
        try expect(try await update(.equal("kind", 2), []) == 200, "no change is made to all matches")
        try expect(try await update(.equal("kind", 0), [.unset("kind")]) == 100, "some were unset")
        try expect(try await sample.numbers(.absent("kind")).count == 100, "a field that is unset is still there")
        try expect(try await sample.numbers() == Array(0..<300), "the order of entry has changed")
        try await refusals(sample)
        try await ownWrites(sample)
    }

    private static func refusals(_ sample: Sample) async throws {
        let alpha = sample.alpha
        try await expectError("changes that overlap", isMisuse) {
            _ = try await sample.store.write {
                try $0.updateAll(in: alpha, where: .all, [.set("a", 1), .set("a.b", 2)])
            }
        }
        try await expectError("a change that one document does not fit", isCorrupt) {
            _ = try await sample.store.write { try $0.updateAll(in: alpha, where: .all, [.set("n.a", 1)]) }
        }
        try await expectError("one key for two", isDuplicate(of: "key", in: alpha)) {
            _ = try await sample.store.write {
                try $0.updateAll(in: alpha, where: .among("n", [1, 2]), [.set("key", "same")])
            }
        }
        try expect(try await sample.numbers(.equal("key", "same")).isEmpty, "a refused update has left something")
        let one = try await sample.store.write {
            try $0.updateAll(in: alpha, where: .equal("n", 1), [.set("key", "own")])
        }
        try expect(one == 1, "a key of one's own was given to \(one)")
    }

    /// A transaction sees what it has written itself.
    private static func ownWrites(_ sample: Sample) async throws {
        let beta = sample.beta
        let (changed, found) = try await sample.store.write { transaction in
            for n in 0..<3 { try transaction.insert((["n": .integer(Int64(n))] as JSON).bytes, into: beta) }
            let changed = try transaction.updateAll(in: beta, where: .more("n", 0), [.set("late", true)])
            return (changed, try transaction.all(in: beta, Query(.equal("late", true))).map(\.number))
        }
        try expect(changed == 2 && found == [1, 2], "of its own writes \(changed) were changed: \(found)")
    }
}
