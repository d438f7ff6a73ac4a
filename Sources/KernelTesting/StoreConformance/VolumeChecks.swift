import Kernel

enum VolumeChecks {
    @Sendable static func large(_ database: any TestDatabase) async throws {
        let text = String(repeating: "0123456789abcde\n", count: 65_536)
        let document: JSON = ["n": 1, "key": "large", "text": .string(text), "log": []]
        let sample = try await Sample(database, [document])
        let alpha = sample.alpha
        try expect(try await sample.find().first, is: document, "the document")
        let changed = try await sample.store.write {
            try $0.update(in: alpha, where: .equal("key", "large"), [.append("log", ["x"]), .set("n", 2)])
        }
        let wanted: JSON = ["n": 2, "key": "large", "text": .string(text), "log": ["x"]]
        try expect(changed?.json(), is: wanted, "the changed document")
        let store = try await sample.reopened()
        let kept = try await store.read { try $0.first(in: alpha, Query()) }
        try expect(kept?.json(), is: wanted, "the document after reopening")
        await store.close()
    }

    @Sendable static func long(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        for batch in 0..<10 {
            try await sample.insert(
                (0..<1000).map {
                    ["n": .integer(Int64(batch * 1000 + $0)), "key": .integer(Int64(batch * 1000 + $0))]
                },
                into: alpha)
        }
        let snapshot = try await sample.store.snapshot()
        _ = try await sample.store.write { try $0.delete(in: alpha, where: .among("n", [0, 5000, 9999])) }
        var after: Position?
        var next = 0
        while true {
            let query = Query(after: after, limit: 64)
            let page = try await snapshot.read { transaction in
                var page: [(position: Position, number: Int)] = []
                try transaction.find(in: alpha, query) { position, bytes in
                    page.append((position, try JSON(parsing: bytes).number))
                    return .next
                }
                return page
            }
            guard let last = page.last else { break }
            try expect(page.map(\.number) == Array(next..<(next + page.count)), "a gap behind document \(next)")
            next += page.count
            after = last.position
        }
        try expect(next == 10_000, "the snapshot has \(next) documents")
        try expect(
            try await sample.store.read { try $0.count(in: alpha, where: .all) } == 9997, "the count after the delete")
    }
}
