import Kernel
import Testing

@testable import StorageSQLite

@Suite("SQLite's query plans")
struct SQLitePlanTests {
    private static let spec = CollectionSpec(
        "jobs",
        indexes: [
            .unique("jobId"), .unique("parameters.target"), .lookup("status"), .lookup("parameters.operation"),
            .lookup("updates[].name"), .unique("name"),
        ])

    @Test(
        "read an index wherever one is declared, and never sort",
        arguments: [
            Query(.equal("jobId", "x")), Query(.equal("status", "x"), after: Position(low: 5)),
            Query(.equal("status", "x"), order: .reverseEntry, after: Position(low: 5), limit: 3),
            Query(.and([.equal("status", "x"), .among("parameters.operation", ["b", "c"])])),
            Query(.among("parameters.operation", ["b", "c", "d"]), after: Position(low: 5)),
            Query(.and([.equal("other", "x"), .among("status", ["b", "c"])]), order: .reverseEntry),
            Query(.or([.equal("parameters.target", "x"), .contains("updates[].name", "x")])),
            Query(.contains("updates[].name", "x"), after: Position(low: 5)),
            Query(order: .field("name")), Query(.behind("name", "x"), order: .field("name")),
        ])
    func indexes(_ query: Query) throws {
        let plan = try plan(query)
        #expect(!plan.isEmpty)
        for step in plan {
            #expect(!step.contains("TEMP B-TREE"), "\(plan)")
            #expect(!step.hasPrefix("SCAN jobs") || step.contains("USING INDEX"), "\(plan)")
        }
    }

    @Test(
        "read the table in its order where no index helps", arguments: [Query(), Query(.among("other", ["a", "b"]))])
    func scans(_ query: Query) throws {
        #expect(try plan(query) == ["SCAN jobs"])
    }

    /// What SQLite says that it does for a query, step by step.
    private func plan(_ query: Query) throws -> [String] {
        let table = try CollectionTable(Self.spec)
        let database = try SQLiteTestDatabase()
        try sqlite(database.path, "CREATE TABLE other (a)")
        let connection = try Connection(database.path, .writer, busyTimeout: .zero)
        let objects =
            [table.definition] + table.indexes.map(\.object) + table.arrays.flatMap { [$0.definition] + $0.triggers }
        for object in objects { try connection.execute(object.sql) }
        let sql = try MergedSelect(query, on: table)?.sql(query, on: table) ?? Transaction.select(query, from: table)
        var steps: [String] = []
        try connection.query("EXPLAIN QUERY PLAN " + sql) { steps.append($0.text(3)) }
        return steps
    }
}
