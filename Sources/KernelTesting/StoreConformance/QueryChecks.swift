import Kernel

enum QueryChecks {
    @Sendable static func order(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        for batch in 0..<4 {
            try await sample.insert(
                (0..<5).map { ["n": .integer(Int64(batch * 5 + $0)), "parameters": ["target": .integer(Int64($0))]] },
                into: sample.alpha)
        }
        let all = Array(0..<20)
        try expect(try await sample.numbers() == all, "not in order of entry")
        try expect(
            try await sample.numbers(Query(order: .reverseEntry)) == all.reversed(), "not in reverse order of entry")
        let some: Filter = .among("parameters.target", [3, 1, 4])
        let wanted = all.filter { [3, 1, 4].contains($0 % 5) }
        try expect(try await sample.numbers(some) == wanted, "matches by index are not in order of entry")
        try expect(
            try await sample.numbers(Query(some, order: .reverseEntry)) == wanted.reversed(),
            "matches by index are not in reverse order of entry")
        let first = try await sample.store.read { [alpha = sample.alpha] in try $0.first(in: alpha, Query(some)) }
        try expect(try first?.json()["n"], is: 1, "the first match")
    }

    @Sendable static func pages(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, (0..<25).map { ["n": .integer($0), "value": .integer($0 % 2)] })
        try await expectPages(of: .all, Array(0..<25), sample)
        try await expectPages(of: .equal("value", 1), (0..<25).filter { $0 % 2 == 1 }, sample)
        try expect(try await sample.numbers(Query(limit: 0)).isEmpty, "a limit of 0 finds something")
        try expect(try await sample.numbers(Query(limit: 100)).count == 25, "a large limit")
        try expect(
            try await sample.numbers(Query(after: Position(high: .max, low: .max))).isEmpty,
            "there is something behind the last position")
    }

    /// Reads what matches `filter` page by page, in both orders of entry.
    private static func expectPages(of filter: Filter, _ wanted: [Int], _ sample: Sample) async throws {
        for order in [Query.Order.entry, .reverseEntry] {
            var found: [Int] = []
            var after: Position?
            repeat {
                let query = Query(filter, order: order, after: after, limit: 4)
                let page = try await sample.store.read { [alpha = sample.alpha] transaction in
                    var page: [(position: Position, number: Int)] = []
                    try transaction.find(in: alpha, query) { position, bytes in
                        page.append((position, try JSON(parsing: bytes).number))
                        return .next
                    }
                    return page
                }
                try expect(page.count <= 4, "a page of \(page.count)")
                found += page.map(\.number)
                after = page.last?.position
            } while after != nil
            try expect(found == (order == .entry ? wanted : wanted.reversed()), "the pages of \(filter) are \(found)")
        }
    }

    @Sendable static func choices(_ database: any TestDatabase) async throws {
        let sample = try await Sample(
            database,
            (0..<60).map { n in
                [
                    "n": .integer(n), "value": .integer(n % 2), "tags": [.string("t\(n % 3)")],
                    "parameters": ["target": n % 7 == 6 ? .integer(n % 2) : .string("T\(n % 7)")],
                ]
            })
        func numbers(_ isWanted: (Int) -> Bool) -> [Int] { (0..<60).filter(isWanted) }
        let targets: Filter = .among("parameters.target", ["T3", "T1", "T1", "T5"])
        try await expectPages(of: targets, numbers { [1, 3, 5].contains($0 % 7) }, sample)
        try await expectPages(
            of: .and([.equal("value", 1), targets]), numbers { [1, 3, 5].contains($0 % 7) && $0 % 2 == 1 }, sample)
        try await expectPages(
            of: .among("parameters.target", [1, .number(1), "T0"]),
            numbers { $0 % 7 == 0 || ($0 % 7 == 6 && $0 % 2 == 1) }, sample)
        let either: Filter = .or([
            .equal("parameters.target", "T2"), .contains("tags[]", "t1"), .contains("tags[]", "t1"),
        ])
        try await expectPages(of: either, numbers { $0 % 7 == 2 || $0 % 3 == 1 }, sample)
        try await expectPages(
            of: .and([either, .equal("value", 0)]), numbers { ($0 % 7 == 2 || $0 % 3 == 1) && $0 % 2 == 0 }, sample)
        try await expectPages(
            of: .and([either, targets]), numbers { [1, 3, 5].contains($0 % 7) && $0 % 3 == 1 }, sample)
    }

    @Sendable static func visits(_ database: any TestDatabase) async throws {
        struct Stop: Error {}
        let sample = try await Sample(database, (0..<6).map { ["n": .integer($0), "key": .integer($0)] })
        let alpha = sample.alpha
        try await sample.store.read { transaction in
            var visited = 0
            try transaction.find(in: alpha, Query()) { _, _ in
                visited += 1
                return visited == 3 ? .stop : .next
            }
            try expect(visited == 3, "visited \(visited) after a stop at 3")
            try expectError("a visit that throws", { $0 is Stop }) {
                try transaction.find(in: alpha, Query()) { _, _ in throw Stop() }
            }
            // A lookup of the very same shape for each document, while the outer one goes on.
            var pairs: [Int] = []
            try transaction.find(in: alpha, Query(.among("key", [0, 1, 2]))) { _, bytes in
                let number = try JSON(parsing: bytes).number
                let others = try transaction.all(
                    in: alpha, Query(.among("key", [.integer(Int64(number + 3)), 99, 98])))
                pairs += [number] + others.map(\.number)
                return .next
            }
            try expect(pairs == [0, 3, 1, 4, 2, 5], "nested lookups found \(pairs)")
        }
    }

    @Sendable static func fieldOrder(_ database: any TestDatabase) async throws {
        let names = ["b", "a", "ab", "", "B", "é", "z", "a!", "a\"", "\u{1f600}", "\u{ffff}", "a"]
        let sample = try await Sample(
            database,
            [["n": 50]]
                + names.enumerated().map { ["n": .integer(Int64($0)), "parameters": ["target": .string($1)]] })
        let wanted = names.indices.sorted {
            names[$0].utf8.elementsEqual(names[$1].utf8)
                ? $0 < $1 : names[$0].utf8.lexicographicallyPrecedes(names[$1].utf8)
        }
        let query = Query(order: .field("parameters.target"))
        let found = try await sample.numbers(query)
        try expect(found == [50] + wanted, "in order of a field: \(found), not \([50] + wanted)")
        let limited = try await sample.numbers(Query(order: .field("parameters.target"), limit: 3))
        try expect(limited == Array(found.prefix(3)), "the first three are \(limited)")
        let reversed = try await sample.numbers(Query(order: .reverseField("parameters.target")))
        try expect(reversed == found.reversed(), "in reverse order of a field: \(reversed)")
    }

    @Sendable static func exactness(_ database: any TestDatabase) async throws {
        let documents: [JSON] = [
            [:], ["": ""], ["a": .null, "b": [], "c": [:], "d": [[], [:], [.null]]],
            ["text": .string(FilterChecks.strings.joined(separator: "|"))],
            ["numbers": [0, -1, .integer(.max), .integer(.min), .number(0.1), .number(-1e-300), .number(1.5e300)]],
            ["odd key 'é' \"x\" \\ / \n": 1, "select": 2, "a.b": 3, "[0]": 4],
            .object(["nested": (0..<50).reduce(JSON.string("core")) { inner, _ in ["x": inner] }]),
        ]
        let sample = try await Sample(database, documents)
        let found = try await sample.find()
        try expect(found.count == documents.count, "\(found.count) of \(documents.count) documents")
        for (document, wanted) in zip(found, documents) { try expect(document, is: wanted, "a document") }
    }

    @Sendable static func malformed(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database)
        let alpha = sample.alpha
        for text in ["", "{", "[1]", "1", "\"a\"", "null", "{\"a\":}", "{\"key\":1} x", #"{"a":"\x"}"#] {
            try await expectError("inserting \(text)", isMisuse) {
                _ = try await sample.store.write { try $0.insert(Array(text.utf8), into: alpha) }
            }
            try await expectError("upserting \(text)", isMisuse) {
                try await sample.store.write { try $0.upsert(Array(text.utf8), in: alpha, where: .all) }
            }
        }
        try await sample.expect(.all, finds: [])
    }
}

extension JSON {
    static func object(_ members: [String: JSON]) -> JSON {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return .object(object)
    }
}
