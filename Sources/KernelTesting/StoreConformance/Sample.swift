import Kernel

/// A store with two collections, and shorthands for what the checks do with them.
struct Sample: Sendable {
    static let specs = [
        CollectionSpec(
            "alpha",
            indexes: [
                .unique("key"), .lookup("parameters.target"), .lookup("tags[]"), .lookup("deep.list[].name"),
                .lookup("groups[].members[].name"),
            ]),
        CollectionSpec("beta", indexes: [.unique("key")]),
    ]

    let database: any TestDatabase
    let store: any OpenStore
    let alpha = Collection(name: "alpha", ordinal: 0)
    let beta = Collection(name: "beta", ordinal: 1)

    init(_ database: any TestDatabase, specs: [CollectionSpec] = Sample.specs) async throws {
        self.database = database
        store = try await database.open(specs)
    }

    /// A sample with documents in `alpha`.
    init(_ database: any TestDatabase, _ documents: [JSON]) async throws {
        try await self.init(database)
        try await insert(documents, into: alpha)
    }

    @discardableResult
    func insert(_ documents: [JSON], into collection: Collection) async throws -> [Position] {
        try await store.write { transaction in
            try documents.map { try transaction.insert($0.bytes, into: collection) }
        }
    }

    func find(_ query: Query = Query(), in collection: Collection? = nil) async throws -> [JSON] {
        let collection = collection ?? alpha
        return try await store.read { try $0.all(in: collection, query) }
    }

    /// The values of `n` in the documents that match, which the checks use to tell documents apart.
    func numbers(_ query: Query = Query(), in collection: Collection? = nil) async throws -> [Int] {
        try await find(query, in: collection).map(\.number)
    }

    func numbers(_ filter: Filter, in collection: Collection? = nil) async throws -> [Int] {
        try await numbers(Query(filter), in: collection)
    }

    func expect(
        _ filter: Filter, finds wanted: [Int], file: StaticString = #fileID, line: UInt = #line
    ) async throws {
        let found = try await numbers(filter)
        try KernelTesting.expect(
            found == wanted, "\(filter) found \(found), not \(wanted)", file: file, line: line)
        let count = try await store.read { [alpha] in try $0.count(in: alpha, where: filter) }
        try KernelTesting.expect(
            count == wanted.count, "\(filter) counted \(count), found \(found)", file: file, line: line)
    }

    /// Closes the store and opens it again.
    func reopened(_ specs: [CollectionSpec] = Sample.specs) async throws -> any OpenStore {
        await store.close()
        return try await database.open(specs)
    }
}

extension ReadTransaction {
    /// Every document that matches, decoded.
    func all(in collection: Collection, _ query: Query = Query()) throws -> [JSON] {
        var found: [JSON] = []
        try find(in: collection, query) { _, bytes in
            found.append(try JSON(parsing: bytes))
            return .next
        }
        return found
    }
}

extension JSON {
    /// The value of the member `n`.
    var number: Int {
        if case .integer(let value)? = self["n"] { Int(value) } else { -1 }
    }
}
