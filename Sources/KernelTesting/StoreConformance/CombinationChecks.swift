import Kernel

/// Conditions on several indexed fields at once, in every order, read whole and page by page: what is found is what a
/// look at every document finds.
enum CombinationChecks {
    private static let spec = CollectionSpec(
        "alpha",
        indexes: [
            .lookup("status", "kind"), .lookup("owner", "status", "kind"), .lookup("status", "kind", "at"),
            .lookup("owner", "status", "kind", "at"),
        ],
        instants: ["at"], choices: ["status": ["done", "failed"], "kind": ["A", "B", "C"]])

    /// Some lack a field or have a value that is not usual.
    private static let documents: [JSON] = (0..<120).map { document($0) }

    private static func document(_ n: Int) -> JSON {
        let status: JSON? = n % 13 == 5 ? nil : .string(n % 3 == 0 ? "failed" : "done")
        let kind: JSON = n % 17 == 3 ? "odd" : .string(["A", "B", "C"][n / 2 % 3])
        let owner: JSON? = n % 19 == 7 ? nil : .string("u\(n % 4)")
        let at: JSON? = n % 23 == 9 ? nil : .string("2024-05-01T10:00:\(10 + n * 7 % 40).000000Z")
        return ["n": .integer(Int64(n)), "status": status, "kind": kind, "owner": owner, "at": at]
    }

    private static let conditions: [[Filter]] = [
        [.all, .equal("status", "done"), .equal("status", "none")],
        [.all, .equal("kind", "B"), .among("kind", ["C", "A", "odd"])],
        [.all, .equal("owner", "u1")],
        [
            .all, .atLeast("at", "2024-05-01T10:00:25Z"), .less("at", "2024-05-01T10:00:25Z"),
            .and([.atLeast("at", "2024-05-01T10:00:20Z"), .less("at", "2024-05-01T10:00:30Z")]),
            .and([.between("at", "2024-05-01T10:00:20Z", "2024-05-01T10:00:31Z"), .more("at", "2024-05-01T10:00:21Z")]),
        ],
    ]

    @Sendable static func combinations(_ database: any TestDatabase) async throws {
        let sample = try await Sample(database, specs: [spec])
        try await sample.insert(documents, into: sample.alpha)
        for status in conditions[0] {
            for kind in conditions[1] {
                for owner in conditions[2] {
                    for range in conditions[3] {
                        let filters = [status, kind, owner, range].flatMap { filter -> [Filter] in
                            switch filter {
                            case .all: []
                            case .and(let filters): filters
                            default: [filter]
                            }
                        }
                        try await check(.and(filters), sample)
                    }
                }
            }
        }
    }

    private static func check(_ filter: Filter, _ sample: Sample) async throws {
        let wanted = documents.filter { matches($0, filter) }
        let byTime = wanted.enumerated().sorted { a, b in
            (a.element["at"]?.string ?? "", a.offset) < (b.element["at"]?.string ?? "", b.offset)
        }.map(\.element.number)
        let orders: [(Query.Order, [Int])] = [
            (.entry, wanted.map(\.number)), (.reverseEntry, wanted.map(\.number).reversed()),
            (.field("at"), byTime), (.reverseField("at"), byTime.reversed()),
        ]
        let count = try await sample.store.read { [alpha = sample.alpha] in try $0.count(in: alpha, where: filter) }
        try expect(count == wanted.count, "\(filter) counts \(count), not \(wanted.count)")
        for (order, wanted) in orders {
            let found = try await sample.numbers(Query(filter, order: order))
            try expect(found == wanted, "\(filter) in \(order) finds \(found), not \(wanted)")
            guard wanted.count > 3 else { continue }
            let middle = try await sample.store.read { [alpha = sample.alpha] transaction in
                var last: Document?
                try transaction.find(in: alpha, Query(filter, order: order, limit: wanted.count / 2)) {
                    last = Document(position: $0, bytes: $1)
                    return .next
                }
                return last
            }
            let rest = try await sample.numbers(
                Query(
                    filter, order: order, after: middle?.position,
                    afterValue: try middle?.json()["at"] ?? .null, limit: 5))
            let wantedRest = Array(wanted[(wanted.count / 2)...].prefix(5))
            try expect(rest == wantedRest, "\(filter) in \(order) goes on with \(rest), not \(wantedRest)")
        }
    }

    /// Whether an instant comes before another; nil if one is not there.
    private static func isLess(_ a: String?, _ b: String?) -> Bool? {
        guard let a = a.flatMap({ Timestamp($0) }), let b = b.flatMap({ Timestamp($0) }) else { return nil }
        return a < b
    }

    private static func matches(_ document: JSON, _ filter: Filter) -> Bool {
        func text(_ path: FieldPath) -> String? { document[path.description]?.string }
        return switch filter {
        case .equal(let path, let value): text(path) == value.string
        case .among(let path, let values): values.contains { $0.string == text(path) }
        case .atLeast(let path, let bound): isLess(text(path), bound.string) == false
        case .less(let path, let bound): isLess(text(path), bound.string) == true
        case .atMost(let path, let bound): isLess(bound.string, text(path)) == false
        case .more(let path, let bound): isLess(bound.string, text(path)) == true
        case .and(let filters): filters.allSatisfy { matches(document, $0) }
        default: false
        }
    }
}
