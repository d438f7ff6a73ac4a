import Kernel

enum UniqueChecks {
    @Sendable static func duplicates(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["n": 0, "key": "k"]])
        let (alpha, beta) = (sample.alpha, sample.beta)
        try await expectError("a duplicate", isDuplicate(of: "key", in: alpha)) {
            try await sample.insert([["n": 1, "key": "k"]], into: alpha)
        }
        try await sample.expect(.all, finds: [0])
        // Another collection's index is another index, and is the one named.
        try await sample.insert([["n": 2, "key": "k"]], into: beta)
        try await expectError("a duplicate in the second collection", isDuplicate(of: "key", in: beta)) {
            try await sample.insert([["key": "k"]], into: beta)
        }
    }

    @Sendable static func usable(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["n": 0, "key": "k", "tags": ["old"]]])
        let alpha = sample.alpha
        try await sample.store.write { transaction in
            try transaction.insert((["n": 1, "key": "first"] as JSON).bytes, into: alpha)
            try expectError("a duplicate", isDuplicate(of: "key", in: alpha)) {
                try transaction.insert((["n": 2, "key": "k", "tags": ["new"]] as JSON).bytes, into: alpha)
            }
            let seen = try transaction.all(in: alpha).map(\.number)
            try expect(seen == [0, 1], "after a refused insert the transaction sees \(seen)")
            try transaction.insert((["n": 3, "key": "second"] as JSON).bytes, into: alpha)
        }
        try await sample.expect(.all, finds: [0, 1, 3])
        try await sample.expect(.contains("tags[]", "new"), finds: [])
    }

    @Sendable static func values(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let scalars: [JSON] = FilterChecks.values.filter { if case .object = $0 { false } else { $0 != .null } }
        let values = scalars + FilterChecks.strings.filter { !["", "1", "true"].contains($0) }.map(JSON.string)
        try await sample.insert(values.map { ["key": $0] }, into: sample.alpha)
        for value in values + [.number(1)] {
            try await expectError("\(value.text) twice", isDuplicate(of: "key", in: sample.alpha)) {
                try await sample.insert([["key": value]], into: sample.alpha)
            }
        }
        // Documents without the field are not in the index.
        try await sample.insert([["n": 1], ["n": 2], ["n": 3, "other": ["key": "k"]]], into: sample.alpha)
        try expect(try await sample.find().count == values.count + 3, "some documents are missing")
    }

    @Sendable static func updates(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["n": 0, "key": "a"], ["n": 1, "key": "b"], ["n": 2]])
        let alpha = sample.alpha
        try await sample.store.write { transaction in
            try expectError("an update to a taken key", isDuplicate(of: "key", in: alpha)) {
                _ = try transaction.update(in: alpha, where: .equal("n", 1), [.set("key", "a"), .set("x", 1)])
            }
            try expectError("an upsert to a taken key", isDuplicate(of: "key", in: alpha)) {
                try transaction.upsert((["n": 1, "key": "a"] as JSON).bytes, in: alpha, where: .equal("n", 1))
            }
            try expectError("an upsert that adds a taken key", isDuplicate(of: "key", in: alpha)) {
                try transaction.upsert((["n": 9, "key": "a"] as JSON).bytes, in: alpha, where: .equal("n", 9))
            }
            // To its own key, a document may be updated.
            _ = try transaction.update(in: alpha, where: .equal("n", 0), [.set("key", "a"), .set("y", 1)])
        }
        try expect(
            try await sample.find(Query(.equal("n", 1))).first, is: ["n": 1, "key": "b"], "the refused document")
        try await sample.expect(.equal("y", 1), finds: [0])
        try await sample.expect(.equal("n", 9), finds: [])
    }

    @Sendable static func several(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, specs: [CollectionSpec("alpha", indexes: [.unique("key", "place")])])
        let alpha = sample.alpha
        try await sample.insert(
            [["n": 0, "key": "a", "place": "x"], ["n": 1, "key": "a", "place": "y"]], into: alpha)
        try await sample.insert([["n": 2, "key": "b", "place": "x"]], into: alpha)
        // Documents that lack one of the fields are not in it.
        try await sample.insert([["n": 3, "key": "a"], ["n": 4, "key": "a"], ["n": 5, "place": "x"]], into: alpha)
        try await expectError("a duplicate of both", isDuplicate(of: "key", in: alpha)) {
            try await sample.insert([["n": 6, "key": "a", "place": "y"]], into: alpha)
        }
        try await expectError("an update to a duplicate of both", isDuplicate(of: "key", in: alpha)) {
            try await sample.store.write {
                _ = try $0.update(in: alpha, where: .equal("n", 3), [.set("place", "x")])
            }
        }
        let outcomes = try await sample.store.write { transaction in
            let documents: [JSON] = [["n": 7, "key": "b", "place": "x"], ["n": 8, "key": "b", "place": "y"]]
            return try transaction.insert(documents.map(\.bytes), into: alpha)
        }
        try expect(outcomes.first == .duplicateKey("key"), "of many, a duplicate of both is \(outcomes)")
        try await sample.expect(.and([.equal("key", "b"), .equal("place", "y")]), finds: [8])
        try await sample.expect(.all, finds: [0, 1, 2, 3, 4, 5, 8])
    }

    @Sendable static func freed(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["n": 0, "key": "k"]])
        let (alpha, beta) = (sample.alpha, sample.beta)
        try await sample.store.write { transaction in
            try transaction.delete(in: alpha, where: .equal("key", "k"))
            try transaction.insert((["n": 1, "key": "k"] as JSON).bytes, into: alpha)
            _ = try transaction.update(in: alpha, where: .equal("key", "k"), [.unset("key")])
            try transaction.insert((["n": 2, "key": "k"] as JSON).bytes, into: alpha)
        }
        try await sample.expect(.equal("key", "k"), finds: [2])
        // As a job moves when it ends.
        try await sample.store.write { transaction in
            try transaction.delete(in: alpha, where: .equal("key", "k"))
            try transaction.insert((["n": 2, "key": "k"] as JSON).bytes, into: beta)
        }
        try await sample.insert([["n": 3, "key": "k"]], into: alpha)
        try await sample.expect(.equal("key", "k"), finds: [3])
    }

    @Sendable static func race(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        for round in 0..<10 {
            let key = JSON.string("key \(round)")
            let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                for racer in 0..<16 {
                    group.addTask {
                        do {
                            try await sample.insert([["n": .integer(Int64(racer)), "key": key]], into: alpha)
                            return true
                        } catch StoreError.duplicateKey(collection: "alpha", path: "key") {
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try expect(wins == 1, "\(wins) inserted the same key")
        }
        try expect(try await sample.find().count == 10, "documents with the same key")
    }
}
