import Kernel

enum RangeChecks {
    private static let spec = CollectionSpec(
        "alpha", indexes: [.lookup("key"), .lookup("at")], instants: ["at", "ended"])

    /// Documents with the values in each of three fields, the second of which has no index.
    private static func sample(_ database: any TestDatabase, _ values: [JSON]) async throws -> Sample {
        let sample = try await Sample(database, specs: [spec])
        let documents = values.enumerated().map { n, value -> JSON in
            ["n": .integer(Int64(n)), "key": value, "other": value, "at": value, "ended": value]
        }
        try await sample.insert(documents + [["n": 90]], into: sample.alpha)
        return sample
    }

    @Sendable static func texts(_ database: any TestDatabase) async throws {
        let values: [JSON] = ["", "a", "b", "ä", "B", "b!", 5, true, .null, ["b"], ["b": "b"], "\u{1f600}"]
        let sample = try await sample(database, values)
        for path: FieldPath in ["key", "other"] {
            try await sample.expect(.atLeast(path, "b"), finds: [2, 3, 5, 11])
            try await sample.expect(.less(path, "b"), finds: [0, 1, 4])
            try await sample.expect(.less(path, ""), finds: [])
            try await sample.expect(.atLeast(path, ""), finds: [0, 1, 2, 3, 4, 5, 11])
            try await sample.expect(.and([.atLeast(path, "a"), .less(path, "b!")]), finds: [1, 2])
            try await sample.expect(.atMost(path, "b"), finds: [0, 1, 2, 4])
            try await sample.expect(.more(path, "b"), finds: [3, 5, 11])
            try await sample.expect(.more(path, ""), finds: [1, 2, 3, 4, 5, 11])
            try await sample.expect(.between(path, "a", "b!"), finds: [1, 2, 5])
            try await sample.expect(.between(path, "b!", "a"), finds: [])
            for bound: JSON in [.null, ["b"], [:], true] {
                try await sample.expect(.atLeast(path, bound), finds: [])
                try await sample.expect(.less(path, bound), finds: [])
                try await sample.expect(.atMost(path, bound), finds: [])
                try await sample.expect(.more(path, bound), finds: [])
            }
        }
    }

    @Sendable static func numbers(_ database: any TestDatabase) async throws {
        let values: [JSON] = [-1, 0, .number(0.5), 1, .number(1), .integer(.max), "1", false, .null, [1]]
        let sample = try await sample(database, values)
        for path: FieldPath in ["key", "other"] {
            try await sample.expect(.atLeast(path, .number(0.25)), finds: [2, 3, 4, 5])
            try await sample.expect(.atLeast(path, 1), finds: [3, 4, 5])
            try await sample.expect(.less(path, 1), finds: [0, 1, 2])
            try await sample.expect(.less(path, .integer(.max)), finds: [0, 1, 2, 3, 4])
            try await sample.expect(.atMost(path, 1), finds: [0, 1, 2, 3, 4])
            try await sample.expect(.more(path, 1), finds: [5])
            try await sample.expect(.between(path, 0, .number(0.5)), finds: [1, 2])
        }
    }

    /// The first four are in order of time, not of bytes.
    private static let instants: [JSON] = [
        "2024-05-01T10:00:00Z", "2024-05-01T10:00:00.000001Z", "2024-05-01T10:00:00.5Z",
        "2024-05-01T10:00:00.500001Z", "2024-05-01T09:59:59.999999Z", "no instant", 7,
    ]

    @Sendable static func instants(_ database: any TestDatabase) async throws {
        let sample = try await sample(database, instants)
        for path: FieldPath in ["at", "ended"] {
            try await sample.expect(.atLeast(path, "2024-05-01T10:00:00.000000Z"), finds: [0, 1, 2, 3])
            try await sample.expect(.less(path, "2024-05-01T10:00:00.000000Z"), finds: [4])
            try await sample.expect(.less(path, "2024-05-01T10:00:00.500000Z"), finds: [0, 1, 4])
            try await sample.expect(
                .and([.atLeast(path, "2024-05-01T10:00:00.000001Z"), .less(path, "2024-05-01T10:00:00.500001Z")]),
                finds: [1, 2])
            try await sample.expect(.atMost(path, "2024-05-01T10:00:00.500000Z"), finds: [0, 1, 2, 4])
            try await sample.expect(.more(path, "2024-05-01T10:00:00.000000Z"), finds: [1, 2, 3])
            try await sample.expect(
                .between(path, "2024-05-01T10:00:00.000000Z", "2024-05-01T10:00:00.5Z"), finds: [0, 1, 2])
            let order = try await sample.numbers(Query(.atLeast(path, "2000-01-01T00:00:00Z"), order: .field(path)))
            try expect(order == [4, 0, 1, 2, 3], "in order of instants: \(order)")
        }
    }

    @Sendable static func pages(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, specs: [spec])
        let values: [JSON?] = ["b", nil, "a", "a", nil, "c", "a", "b", nil, "aa"]
        let documents = (0..<30).map { n in
            ["n": .integer(Int64(n)), "kind": .integer(Int64(n % 2)), "key": values[n % 10]] as JSON
        }
        try await sample.insert(documents, into: sample.alpha)
        for filter in [Filter.all, .equal("kind", 1), .atLeast("key", "aa")] {
            for order in [Query.Order.field("key"), .reverseField("key")] {
                let whole = try await sample.numbers(Query(filter, order: order))
                var (found, after, value) = ([Int](), Position?.none, JSON.null)
                repeat {
                    let page = try await sample.store.read { [alpha = sample.alpha, after, value] transaction in
                        var page: [Document] = []
                        let query = Query(filter, order: order, after: after, afterValue: value, limit: 3)
                        try transaction.find(in: alpha, query) {
                            page.append(Document(position: $0, bytes: $1))
                            return .next
                        }
                        return page
                    }
                    found += try page.map { try $0.json().number }
                    (after, value) = (page.last?.position, try page.last?.json()["key"] ?? .null)
                } while after != nil
                try expect(found == whole, "the pages of \(filter) by \(order) are \(found), not \(whole)")
                if case .field = order {
                    let reversed = try await sample.numbers(Query(filter, order: .reverseField("key")))
                    try expect(reversed == whole.reversed(), "the reverse of \(whole) is \(reversed)")
                }
            }
        }
    }
}
