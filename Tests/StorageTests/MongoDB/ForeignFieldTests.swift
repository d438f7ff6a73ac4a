import Kernel
import KernelTesting
import Testing

@testable import StorageMongoDB

/// Documents of another program hold what this service does not know. It serves none of it, and keeps all of it.
@Suite("What another program has written into documents", .needsMongoDB, .serialized)
struct ForeignFieldTests {
    private static let shape = DocumentShape(
        .object(
            nil,
            [
                .required("key", .string()), .optional("status", .string()), .optional("user", .string()),
                .optional(
                    "parameters",
                    .object(nil, [.required("target", .string()), .optional("description", .string())])),
                .required("log", .array(of: .string())),
            ]))
    private static let specs = [
        CollectionSpec("inprogress", indexes: [.unique("key")], shape: shape),
        CollectionSpec("completed", indexes: [.unique("key")], shape: shape),
        CollectionSpec("targets", indexes: [.unique("key")], shape: shape),
    ]
    private let inProgress = Collection(name: "inprogress", ordinal: 0)
    private let completed = Collection(name: "completed", ordinal: 1)
    private let targets = Collection(name: "targets", ordinal: 2)

    @Test("stays through every change and move, and is not served", arguments: [false, true])
    func stays(isStandalone: Bool) async throws {
        let server = isStandalone ? try MongoDBStandaloneTests.server.get() : try MongoDBServer.shared.get()
        let database = try MongoDBTestDatabase(on: server)
        let store = try await database.open(Self.specs)
        let foreign: BSONDocument = [
            "_id": .objectID(ObjectID(high: 1, low: 1)), "key": "k", "user": "old", "owner": ["team": "x"],
            "parameters": ["target": "T", "priority": 7], "log": ["a"], "binary": .binary([1, 2, 3]),
        ]
        for name in ["inprogress", "targets"] {
            try await database.run(["insert": .string(name), "documents": .array([.document(foreign)])])
        }
        let (inProgress, completed, targets) = (inProgress, completed, targets)
        let isThis = Filter.equal("key", "k")
        let wanted: JSON = [
            "key": "k", "user": "old", "status": "done",
            "parameters": ["target": "T", "description": "second"], "log": ["a", "b", "c", "d"],
        ]
        let moved = try await store.write { transaction in
            // Twice in one transaction.
            _ = try transaction.update(
                in: inProgress, where: isThis, [.set("parameters.description", "first"), .append("log", ["b"])])
            _ = try transaction.update(
                in: inProgress, where: isThis, [.set("parameters.description", "second"), .append("log", ["c"])])
            try transaction.upsert([(["key": "k", "log": []] as JSON).bytes], in: targets, by: "key")
            return try transaction.move(
                from: inProgress, where: isThis, to: completed, [.set("status", "done"), .append("log", ["d"])])
        }
        #expect(try moved?.json().normalized == wanted.normalized)
        let served = try await store.read { try $0.all(in: completed) + $0.all(in: targets) }
        #expect(served.map(\.normalized) == [wanted.normalized, (["key": "k", "log": []] as JSON).normalized])
        for name in ["completed", "targets"] {
            let stored = try await database.run(["find": .string(name)]).documents[0]
            try stored.read { stored throws in
                #expect(try stored["owner"]?.document?["team"]?.string == "x")
                #expect(try stored["binary"]?.binary == [1, 2, 3])
                #expect(try stored["parameters"]?.document?["priority"]?.integer == (name == "completed" ? 7 : nil))
                #expect(try stored["user"]?.string == (name == "completed" ? "old" : nil))
            }
        }
        await store.close()
        await database.remove()
    }
}

@Suite("Changes of stored documents")
struct BSONChangeTests {
    private func document(_ json: JSON) throws -> BSONDocument { try BSONDocument(id: nil, parsing: json.bytes) }

    @Test(
        "are made as the server would make them",
        arguments: [
            ([.set("a", 1)], [:], ["a": 1]), ([.set("a.b.c", 1)], ["x": 2], ["x": 2, "a": ["b": ["c": 1]]]),
            ([.set("a.b", 1), .set("a.c", 2)], ["a": ["b": 7, "z": 9]], ["a": ["b": 1, "z": 9, "c": 2]]),
            ([.unset("a.b"), .unset("q.r")], ["a": ["b": 7, "z": 9]], ["a": ["z": 9]]),
            ([.unset("a.b")], ["a": 1], ["a": 1]),
            ([.append("l", [2, ["x": 1]])], ["l": [1]], ["l": [1, 2, ["x": 1]]]),
            ([.append("a.l", [1])], [:], ["a": ["l": [1]]]), ([.append("l", [])], ["l": [1]], ["l": [1]]),
        ] as [([Change], JSON, JSON)])
    func changes(_ changes: [Change], _ before: JSON, _ after: JSON) throws {
        #expect(try document(before).applying(changes) == document(after))
    }

    @Test(
        "that do not fit are refused",
        arguments: [
            ([.set("a.b", 1)], ["a": 1]), ([.append("a", [1])], ["a": 1]), ([.append("a", [1])], ["a": ["b": 1]]),
            ([.append("a", [1])], ["a": .null]), ([.set("a.b.c", 1)], ["a": ["b": []]]),
        ] as [([Change], JSON)])
    func misfits(_ changes: [Change], _ before: JSON) throws {
        #expect(throws: StoreError.self) { try document(before).applying(changes) }
    }
}
