import Kernel

enum OpeningChecks {
    @Sendable static func durable(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let (alpha, beta) = (sample.alpha, sample.beta)
        try await withThrowingTaskGroup { group in
            for number in 0..<50 {
                group.addTask {
                    try await sample.insert([["n": .integer(Int64(number)), "tags": ["t"]]], into: alpha)
                }
            }
            try await group.waitForAll()
        }
        try await sample.insert([["key": "b"]], into: beta)
        let before = try await sample.find()
        let store = try await sample.reopened()
        let after = try await store.read { try $0.all(in: alpha) }
        try expect(.array(after), is: .array(before), "the documents after reopening")
        let count = try await store.read { try $0.count(in: alpha, where: .contains("tags[]", "t")) }
        try expect(count == 50, "\(count) documents are found in the array index after reopening")
        try await expectError("a duplicate after reopening", isDuplicate(of: "key", in: beta)) {
            _ = try await store.write { try $0.insert((["key": "b"] as JSON).bytes, into: beta) }
        }
        await store.close()
    }

    @Sendable static func indexes(_ database: any TestDatabase) async throws {
        let alpha = Collection(name: "alpha", ordinal: 0)
        func open(_ indexes: [CollectionSpec.Index]) async throws -> any OpenStore {
            try await database.open([CollectionSpec("alpha", indexes: indexes)])
        }
        func insert(_ document: JSON, _ store: any OpenStore) async throws {
            _ = try await store.write { try $0.insert(document.bytes, into: alpha) }
        }
        var store = try await open([])
        try await insert(["key": "a", "other": "o", "tags": ["x"]], store)
        await store.close()

        store = try await open([.unique("key"), .unique("other"), .lookup("tags[]"), .lookup("value")])
        try await expectError("a duplicate in an index built later", isDuplicate(of: "key", in: alpha)) {
            try await insert(["key": "a"], store)
        }
        try expect(
            try await store.read { try $0.count(in: alpha, where: .contains("tags[]", "x")) } == 1,
            "an array index built later is empty")
        await store.close()

        // One is unique no more, one is gone, and so is the array index.
        store = try await open([.lookup("key")])
        try await insert(["key": "a", "other": "o", "tags": ["x"]], store)
        try await insert(["key": "b"], store)
        await store.close()

        store = try await open([.lookup("tags[]")])
        try expect(
            try await store.read { try $0.count(in: alpha, where: .contains("tags[]", "x")) } == 2,
            "an array index that was dropped meanwhile misses documents")
        await store.close()
    }

    @Sendable static func violations(_ database: any TestDatabase) async throws {
        let alpha = Collection(name: "alpha", ordinal: 0)
        let store = try await database.open([CollectionSpec("alpha")])
        try await store.write { transaction in
            for key: JSON in ["fine", "twice-there", "twice-there", .null] {
                try transaction.insert((["key": ["id": key]] as JSON).bytes, into: alpha)
            }
        }
        await store.close()
        let isRight = { (error: any Error) in
            guard let issue = error as? BootIssue, issue.remedy != nil else { return false }
            return ["alpha", "key.id", "twice-there"].allSatisfy(issue.what.contains)
        }
        try await expectError("an index that the documents violate", isRight) {
            try await database.open([CollectionSpec("alpha", indexes: [.unique("key.id")])]).close()
        }
        // Nothing was changed: it opens as before.
        let again = try await database.open([CollectionSpec("alpha")])
        try expect(try await again.read { try $0.count(in: alpha, where: .all) } == 4, "documents were lost")
        await again.close()
    }

    @Sendable static func undeclared(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, [["n": 1, "tags": ["t"]]])
        try await sample.insert([["n": 2]], into: sample.beta)
        let beta = Collection(name: "beta", ordinal: 0)
        var store = try await sample.reopened([CollectionSpec("beta")])
        try expect(try await store.read { try $0.count(in: beta, where: .all) } == 1, "the declared collection")
        try await expectError("a collection that is not declared", isMisuse) {
            _ = try await store.read { try $0.count(in: sample.alpha, where: .all) }
        }
        await store.close()
        store = try await database.open(Sample.specs)
        let count = try await store.read { [alpha = sample.alpha] in
            try $0.count(in: alpha, where: .contains("tags[]", "t"))
        }
        try expect(count == 1, "the collection that was not declared for a while has \(count) documents")
        await store.close()
    }

    @Sendable static func closed(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        let snapshot = try await sample.store.snapshot()
        let acknowledged: [Int] = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<100 {
                group.addTask {
                    do {
                        try await sample.insert([["n": .integer(Int64(number))]], into: alpha)
                        return number
                    } catch {
                        return isUnavailable(error) ? nil : -1
                    }
                }
            }
            group.addTask {
                await sample.store.close()
                return nil
            }
            return await group.reduce(into: []) { if let number = $1 { $0.append(number) } }
        }
        try expect(!acknowledged.contains(-1), "a write met closing with something else than 'unavailable'")
        await sample.store.close()
        try await expectError("a read", isUnavailable) { _ = try await sample.find() }
        try await expectError("a write", isUnavailable) { try await sample.insert([[:]], into: alpha) }
        try await expectError("a snapshot", isUnavailable) { _ = try await sample.store.snapshot() }
        try await expectError("a ping", isUnavailable) { try await sample.store.ping() }
        try await expectError("a snapshot opened before", isUnavailable) {
            _ = try await snapshot.read { try $0.count(in: alpha, where: .all) }
        }
        let store = try await database.open(Sample.specs)
        let kept = try await store.read { try $0.all(in: alpha).map(\.number) }
        try expect(Set(acknowledged).isSubset(of: kept), "an acknowledged write is missing after closing")
        await store.close()
    }
}
