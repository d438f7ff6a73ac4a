import CSQLite
import Kernel
import Testing

@testable import StorageSQLite

@Suite("SQLite's query plans")
struct SQLitePlanTests {
    private static let spec = CollectionSpec(
        "jobs",
        indexes: [
            .unique("jobId"), .unique("parameters.target"), .lookup("status", "kind"), .lookup("updates[].name"),
            .unique("name"), .lookup("owner", "status", "kind", "at"), .lookup("status", "kind", "at"),
        ],
        instants: ["at"], choices: ["status": ["a", "b"], "kind": ["x", "y"]])

    private static let documents: [JSON] = (0..<40).map { n in
        [
            "jobId": .integer(n), "status": n % 2 == 0 ? "a" : "b", "kind": n % 3 == 0 ? "x" : "y",
            "owner": .string("o\(n % 5)"), "at": .string("2024-01-01T00:00:\(n + 10)Z"), "name": .string("n\(n)"),
            "updates": [["name": .string("u\(n % 4)")]],
        ]
    }

    @Test(
        "read an index wherever one is declared, and sort places at most",
        arguments: [
            Query(.equal("jobId", "x")), Query(.equal("status", "a"), after: Position(low: 5)),
            Query(.equal("status", "a"), order: .reverseEntry, after: Position(low: 5), limit: 3),
            Query(.and([.equal("status", "a"), .among("kind", ["x", "y"])])),
            Query(.among("kind", ["x", "y", "z"]), after: Position(low: 5)),
            Query(.and([.equal("other", "x"), .among("status", ["a", "b"])]), order: .reverseEntry),
            Query(.or([.equal("parameters.target", "x"), .contains("updates[].name", "u1")])),
            Query(.contains("updates[].name", "u1"), after: Position(low: 5)),
            Query(order: .field("name")), Query(order: .field("name"), after: Position(low: 3), afterValue: "n1"),
            Query(.equal("owner", "o1"), order: .reverseField("at"), limit: 2),
            Query(.and([.equal("owner", "o1"), .atLeast("at", "2024-01-01T00:00:20Z")])),
            Query(order: .reverseField("at"), after: Position(low: 9), afterValue: "2024-01-01T00:00:20Z"),
        ])
    func indexes(_ query: Query) throws {
        let plans = try plans(query)
        #expect(!plans.isEmpty)
        for (sql, plan) in plans {
            for step in plan {
                #expect(!step.hasPrefix("SCAN jobs") || step.contains("USING "), "\(plan) for \(sql)")
                #expect(!step.contains("TEMP B-TREE") || !sql.contains("document,"), "\(plan) for \(sql)")
                #expect(!step.contains("TEMP B-TREE") || sql.contains("\"$.at\" >="), "\(plan) for \(sql)")
            }
        }
    }

    @Test(
        "read the table in its order where no index helps", arguments: [Query(), Query(.among("other", ["a", "b"]))])
    func scans(_ query: Query) throws {
        #expect(try plans(query).map(\.plan) == [["SCAN jobs"]])
    }

    /// What SQLite says that it does for each statement of a query, step by step.
    private func plans(_ query: Query) throws -> [(sql: String, plan: [String])] {
        let table = try CollectionTable(Self.spec)
        let database = try SQLiteTestDatabase()
        try sqlite(database.path, "CREATE TABLE other (a)")
        let connection = try Connection(database.path, .writer, busyTimeout: .zero)
        let objects = [table.definition] + table.sideObjects + table.indexes.map(\.object)
        for object in objects { try connection.execute(object.sql) }
        return try connection.plans(of: query, table, Self.documents)
    }
}
