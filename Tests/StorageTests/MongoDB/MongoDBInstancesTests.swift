import Kernel
import KernelTesting
import Testing

@testable import StorageMongoDB

@Suite("Several MongoDB stores on one database", .needsMongoDB, .serialized)
struct MongoDBInstancesTests {
    private static let spec = CollectionSpec("alpha", indexes: [.unique("key")])
    private let alpha = Collection(name: "alpha", ordinal: 0)

    @Test("show documents in the order in which they became visible, whoever inserted them")
    func order() async throws {
        let database = try MongoDBTestDatabase()
        let stores = try await [database.open([Self.spec]), database.open([Self.spec]), database.open([Self.spec])]
        let alpha = alpha
        try await withThrowingTaskGroup { group in
            for (index, store) in stores.enumerated() {
                group.addTask {
                    for number in 0..<30 {
                        let document: JSON = ["key": .string("\(index)-\(number)")]
                        _ = try await store.write { try $0.insert(document.bytes, into: alpha) }
                    }
                }
            }
            group.addTask { [reader = stores[0]] in
                // Goes on behind the last that it has seen, as pages do; what it misses never comes again.
                var seen: [Position] = []
                while seen.count < 90 {
                    let next = try await reader.read { [last = seen.last] transaction in
                        var next: [Position] = []
                        try transaction.find(in: alpha, Query(after: last)) { position, _ in
                            next.append(position)
                            return .next
                        }
                        return next
                    }
                    seen += next
                    try Task.checkCancellation()
                }
                #expect(seen == seen.sorted())
            }
            try await group.waitForAll()
        }
        for store in stores { await store.close() }
        await database.remove()
    }

    @Test("go on behind documents that another program has added meanwhile")
    func foreignDocuments() async throws {
        let database = try MongoDBTestDatabase()
        let store = try await database.open([Self.spec])
        let alpha = alpha
        let first = try await store.write { try $0.insert((["key": "first"] as JSON).bytes, into: alpha) }
        await store.close()
        let foreign = ObjectID(high: ObjectID(first).high + 1000, low: 7)
        try await database.run([
            "insert": "alpha", "documents": [["_id": .objectID(foreign), "key": "foreign"]],
        ])
        let again = try await database.open([Self.spec])
        let last = try await again.write { try $0.insert((["key": "last"] as JSON).bytes, into: alpha) }
        #expect(first < foreign.position && foreign.position < last)
        await again.close()
        await database.remove()
    }

    @Test("refuse to start on documents whose _id is no ObjectId, and say which")
    func otherIDs() async throws {
        let database = try MongoDBTestDatabase()
        try await database.run(["insert": "alpha", "documents": [["_id": 7, "key": "x"]]])
        await #expect {
            try await database.open([Self.spec])
        } throws: { error in
            (error as? BootIssue)?.what.contains("'alpha'") == true
        }
        await database.remove()
    }
}
