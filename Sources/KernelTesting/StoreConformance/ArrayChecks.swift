import Kernel

enum ArrayChecks {
    @Sendable static func contains(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database,
            [
                ["n": 0, "tags": ["a", "b", 1, true, "a", .null, .number(2.5)]],
                ["n": 1, "tags": ["1", "true", "a\0"]],
                ["n": 2, "tags": []], ["n": 3, "tags": "a"], ["n": 4, "tags": ["a": "a"]], ["n": 5, "tags": .null],
                ["n": 6, "tags": [["a"], ["a": "a"]]], ["n": 7],
                ["n": 8, "deep": ["list": [["name": "x"], ["name": "y", "other": "z"], "x", ["other": "x"], 3]]],
                ["n": 9, "deep": ["list": [["name": 1], ["name": "x"]]]], ["n": 10, "deep": ["list": "x"]],
                ["n": 11, "deep": "x"],
                ["n": 12, "groups": [["members": [["name": "p"], ["name": "q"]]], ["members": [["name": "r"]]], 1]],
                ["n": 13, "groups": [["members": "p"], ["members": ["p"]], ["name": "p"], []]],
            ])
        try await sample.expect(.contains("tags[]", "a"), finds: [0])
        try await sample.expect(.contains("tags[]", 1), finds: [0])
        try await sample.expect(.contains("tags[]", "1"), finds: [1])
        try await sample.expect(.contains("tags[]", true), finds: [0])
        try await sample.expect(.contains("tags[]", "true"), finds: [1])
        try await sample.expect(.contains("tags[]", "a\0"), finds: [1])
        try await sample.expect(.contains("tags[]", .number(2.5)), finds: [0])
        try await sample.expect(.contains("tags[]", .null), finds: [])
        try await sample.expect(.contains("deep.list[].name", "x"), finds: [8, 9])
        try await sample.expect(.contains("deep.list[].name", "z"), finds: [])
        try await sample.expect(.contains("deep.list[].name", 1), finds: [9])
        for name: JSON in ["p", "q", "r"] {
            try await sample.expect(.contains("groups[].members[].name", name), finds: [12])
        }
        try await sample.expect(.or([.contains("tags[]", "a"), .contains("deep.list[].name", "y")]), finds: [0, 8])
        try await sample.expect(.and([.contains("tags[]", "a"), .equal("n", 1)]), finds: [])
    }

    @Sendable static func changes(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database, [["n": 0, "tags": ["a"]], ["n": 1, "tags": ["a", "b"]], ["n": 2], ["n": 3, "tags": ["c"]]])
        let alpha = sample.alpha
        try await sample.store.write { transaction in
            _ = try transaction.update(in: alpha, where: .equal("n", 0), [.append("tags", ["c", "b"])])
            _ = try transaction.update(in: alpha, where: .equal("n", 1), [.unset("tags")])
            _ = try transaction.update(in: alpha, where: .equal("n", 2), [.set("tags", ["a"])])
            let count = try transaction.count(in: alpha, where: .contains("tags[]", "a"))
            try KernelTesting.expect(count == 2, "the transaction counts \(count) documents with 'a'")
        }
        try await sample.expect(.contains("tags[]", "a"), finds: [0, 2])
        try await sample.expect(.contains("tags[]", "b"), finds: [0])
        try await sample.expect(.contains("tags[]", "c"), finds: [0, 3])

        try await sample.store.write { transaction in
            try transaction.upsert((["n": 2, "tags": ["z"]] as JSON).bytes, in: alpha, where: .equal("n", 2))
            try transaction.upsert((["n": 4, "tags": ["z"]] as JSON).bytes, in: alpha, where: .equal("n", 4))
            try transaction.delete(in: alpha, where: .contains("tags[]", "b"))
            _ = try transaction.update(in: alpha, where: .equal("n", 3), [.set("other", 1)])
        }
        try await sample.expect(.contains("tags[]", "a"), finds: [])
        try await sample.expect(.contains("tags[]", "c"), finds: [3])
        try await sample.expect(.contains("tags[]", "z"), finds: [2, 4])

        _ = try await sample.store.write { try $0.delete(in: alpha, where: .all) }
        try await sample.expect(.contains("tags[]", "z"), finds: [])
        try await sample.insert([["n": 9, "tags": ["z"]]], into: alpha)
        try await sample.expect(.contains("tags[]", "z"), finds: [9])
    }

    @Sendable static func undeclared(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["other": ["a"]]])
        try await expectError("contains without an index", isMisuse) {
            _ = try await sample.find(Query(.contains("other[]", "a")))
        }
        try await expectError("equal into an array", isMisuse) {
            _ = try await sample.find(Query(.equal("tags[]", "a")))
        }
        try await sample.expect(.all, finds: [-1])
    }
}
