import Kernel

enum BulkChecks {
    @Sendable static func inserts(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["n": 0, "key": "taken", "tags": ["old"]]])
        let alpha = sample.alpha
        let documents: [JSON] = [
            ["n": 1, "key": "a"], ["n": 2, "key": "taken", "tags": ["new"]], ["n": 3], ["n": 4, "key": "a"],
            ["n": 5, "key": "b", "tags": ["new"]], ["n": 6],
        ]
        let outcomes = try await sample.store.write { transaction in
            let outcomes = try transaction.insert(documents.map(\.bytes), into: alpha)
            let seen = try transaction.all(in: alpha).map(\.number)
            try expect(seen == [0, 1, 3, 5, 6], "the transaction that inserts many sees \(seen)")
            return outcomes
        }
        try expect(
            outcomes.map(\.isRefused) == [false, true, false, true, false, false], "many were inserted: \(outcomes)")
        let positions = outcomes.compactMap { if case .inserted(let position) = $0 { position } else { nil } }
        let kept = try await sample.store.read { transaction in
            var kept: [Position] = []
            try transaction.find(in: alpha, Query()) { position, _ in
                kept.append(position)
                return .next
            }
            return kept
        }
        try expect(Array(kept.dropFirst()) == positions, "the positions of many, \(positions), are not \(kept)")
        try await sample.expect(.all, finds: [0, 1, 3, 5, 6])
        try await sample.expect(.contains("tags[]", "new"), finds: [5])
    }

    /// Nothing, one, many, many more, and refused ones among single inserts.
    @Sendable static func sizes(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let (alpha, beta) = (sample.alpha, sample.beta)
        @Sendable func documents(_ numbers: Range<Int64>) -> [[UInt8]] {
            numbers.map { (["n": .integer($0), "key": .integer($0)] as JSON).bytes }
        }
        try await sample.store.write { transaction in
            try expect(try transaction.insert([], into: alpha).isEmpty, "the insert of nothing has outcomes")
            try transaction.upsert([], in: alpha, by: "key")
            try transaction.insert(documents(0..<1)[0], into: alpha)
            _ = try transaction.insert(documents(0..<2), into: alpha)
            try transaction.insert(documents(2..<3)[0], into: alpha)
            let outcomes = try transaction.insert(documents(1..<600), into: alpha)
            try expect(outcomes.count == 599, "\(outcomes.count) outcomes of 599 inserts")
            try expect(outcomes.count(where: \.isRefused) == 2, "not 2 of 599 inserts were refused")
            _ = try transaction.insert(documents(0..<2), into: beta)
        }
        try await sample.expect(.all, finds: Array(0..<600))
        try expect(try await sample.numbers(in: sample.beta) == [0, 1], "many inserts into a second collection")
        // An error of the closure takes all of them back.
        try? await sample.store.write { transaction in
            _ = try transaction.insert(documents(600..<610), into: alpha)
            throw StoreError.misuse("given up")
        }
        try await sample.expect(.all, finds: Array(0..<600))
    }

    @Sendable static func upserts(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, (0..<3).map { ["n": .integer($0), "key": .integer($0)] })
        let alpha = sample.alpha
        let documents: [JSON] = [
            ["n": 10, "key": 1, "tags": ["x"]], ["n": 11, "key": "1"], ["n": 12, "key": 7], ["n": 13, "key": "1"],
            ["n": 14, "key": .number(2)], ["n": 15, "key": true],
        ]
        try await sample.store.write { transaction in
            try transaction.upsert(documents.map(\.bytes), in: alpha, by: "key")
            let seen = try transaction.all(in: alpha).map(\.number)
            try expect(seen == [0, 10, 14, 13, 12, 15], "the transaction that upserts many sees \(seen)")
            try transaction.upsert(documents[..<1].map(\.bytes), in: alpha, by: "key")
        }
        try await sample.expect(.all, finds: [0, 10, 14, 13, 12, 15])
        try await sample.expect(.contains("tags[]", "x"), finds: [10])
        for document in [["n": 20], ["n": 20, "key": .null], ["n": 20, "key": [1]], ["n": 20, "key": [:]]] as [JSON] {
            try await expectError("an upsert of \(document.text) by 'key'", isMisuse) {
                try await sample.store.write { try $0.upsert([document.bytes], in: alpha, by: "key") }
            }
        }
        try await expectError("an upsert of many to a taken key", isDuplicate(of: "key", in: alpha)) {
            try await sample.store.write { transaction in
                let documents: [JSON] = [["n": 30, "key": 30], ["n": 0, "key": 7]]
                try transaction.upsert(documents.map(\.bytes), in: alpha, by: "n")
            }
        }
        try await sample.expect(.all, finds: [0, 10, 14, 13, 12, 15])
    }

    /// Documents of a declared shape, as most are, which some drivers write in another way.
    @Sendable static func shapedUpserts(_ database: any TestDatabase) async throws {
        let shape = JSONSchema.object(
            nil,
            [
                .required("name", .string()), .optional("n", .integer()), .optional("user", .string()),
            ])
        let shaped = Collection(name: "shaped", ordinal: 0)
        let store = try await database.open([
            CollectionSpec("shaped", indexes: [.unique("name")], shape: DocumentShape(shape))
        ])
        func expect(_ wanted: [JSON], after documents: [JSON]) async throws {
            try await store.write { try $0.upsert(documents.map(\.bytes), in: shaped, by: "name") }
            let found = try await store.read { try $0.all(in: shaped) }
            try KernelTesting.expect(JSON.array(found), is: .array(wanted), "what upserts leave")
        }
        try await expect([["name": "a", "n": 1, "user": "u"]], after: [["name": "a", "n": 1, "user": "u"]])
        // What a document does not say any more is gone.
        try await expect([["name": "a", "n": 2]], after: [["name": "a", "n": 2]])
        try await expect(
            [["name": "a", "n": 6], ["name": "c", "n": 5], ["name": "b", "user": "v"]],
            after: [
                ["name": "c", "n": 3], ["name": "b", "user": "v"], ["name": "c", "n": 5], ["name": "a", "n": 6],
            ])
        let many: [JSON] = (0..<60).map { ["name": .string("t\($0)"), "n": .integer($0)] }
        try await store.write { transaction in
            _ = try transaction.insert((["name": "before"] as JSON).bytes, into: shaped)
            try transaction.upsert(many.map(\.bytes), in: shaped, by: "name")
            try transaction.upsert(many[..<30].map(\.bytes), in: shaped, by: "name")
            _ = try transaction.insert((["name": "behind"] as JSON).bytes, into: shaped)
        }
        let names = try await store.read { try $0.all(in: shaped).map { $0["name"]?.string ?? "" } }
        let wanted = ["a", "c", "b", "before"] + (0..<60).map { "t\($0)" } + ["behind"]
        try KernelTesting.expect(names == wanted, "after many upserts the names are \(names)")
    }

    @Sendable static func moves(_ database: any TestDatabase) async throws {
        let job: JSON = ["n": 1, "key": "k", "log": ["a"], "deep": ["list": [["name": "x"]]]]
        let sample = try await Sample(database, [["n": 0, "key": "other"], job])
        let (alpha, beta) = (sample.alpha, sample.beta)
        let wanted: JSON = ["n": 2, "key": "k", "log": ["a", "b"], "deep": ["list": [["name": "x"]]]]
        let changes: [Change] = [.set("n", 2), .append("log", ["b"])]
        try await sample.store.write { transaction in
            let moved = try transaction.move(from: alpha, where: .equal("key", "k"), to: beta, changes)
            try expect(try moved?.json(), is: wanted, "a move answers")
            try expect(try transaction.all(in: alpha).map(\.number) == [0], "what has moved is still there")
            try expect(
                moved?.position == transaction.first(in: beta, Query())?.position, "the position of what has moved")
            let again = try transaction.move(from: alpha, where: .equal("key", "k"), to: beta, changes)
            try expect(again == nil, "what is not there was moved")
        }
        try expect(try await sample.find(in: beta).first, is: wanted, "what has moved")
        try await sample.expect(.contains("deep.list[].name", "x"), finds: [])
        try await sample.insert([["n": 3, "key": "k"]], into: alpha)
        try await expectError("a move to a taken key", isDuplicate(of: "key", in: beta)) {
            try await sample.store.write { _ = try $0.move(from: alpha, where: .equal("key", "k"), to: beta, []) }
        }
        try await sample.expect(.all, finds: [0, 3])
        try await expectError("a move with a change that does not fit", isCorrupt) {
            try await sample.store.write {
                _ = try $0.move(from: alpha, where: .equal("key", "k"), to: beta, [.append("n", [1])])
            }
        }
        try await sample.expect(.all, finds: [0, 3])
    }
}

extension Insertion {
    /// Whether the unique index on `key` has refused it.
    fileprivate var isRefused: Bool { self == .duplicateKey("key") }
}
