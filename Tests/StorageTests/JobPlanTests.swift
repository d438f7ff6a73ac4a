import Kernel
import Testing

@testable import Jobs
@testable import StorageSQLite

/// Every query that the list of jobs makes of finished jobs, in SQLite's own words.
@Suite("SQLite's plans for the list of jobs")
struct JobPlanTests {
    private static let conditions: [[Filter]] = [
        [], [.equal(.status, "failed")], [.equal(.operation, "ADD")],
        [.equal(.status, "failed"), .equal(.operation, "ADD")],
        [.equal(.status, "completed"), .among(.operation, ["ADD", "CHANGE", "REMOVE"])],
        [.among(.operation, ["ADD", "CHANGE"])],
    ]
    private static let narrowings: [[Filter]] = [
        [], [.equal(.target, "T1")], [.equal(.createdBy, "u1")], [.equal(.target, "T1"), .equal(.createdBy, "u1")],
    ]
    private static let spans: [[Filter]] = [
        [], [.atLeast(.createdAt, "2024-01-01T00:00:20Z")],
        [.atLeast(.createdAt, "2024-01-01T00:00:20Z"), .less(.createdAt, "2024-01-01T00:00:30Z")],
    ]

    private static let jobs: [JSON] = (0..<60).map { n in
        [
            "jobId": .string("j\(n)"), "status": n % 2 == 0 ? "completed" : "failed",
            "parameters": [
                "operation": .string(JobOperation.allCases[n % 9].rawValue), "target": .string("T\(n % 4)"),
            ],
            "log": [], "createdAt": .string("2024-01-01T00:00:\(10 + n % 50).000000Z"),
            "createdBy": ["userId": .string("u\(n % 3)")],
        ]
    }

    @Test("lead to what is returned by an index, and sort no documents", arguments: [false, true])
    func plans(isNewestFirst: Bool) throws {
        let table = try CollectionTable(JobCollections.completedSpec(JobForm(nil)))
        for status in Self.conditions {
            for narrowing in Self.narrowings {
                for span in Self.spans {
                    let conditions = status + narrowing + span
                    var query = Query(.and(conditions), order: isNewestFirst ? .reverseField(.createdAt) : .entry)
                    try check(query, table, hasSpan: !span.isEmpty)
                    query.after = Position(low: 30)
                    query.afterValue = "2024-01-01T00:00:40.000000Z"
                    try check(query, table, hasSpan: !span.isEmpty)
                }
            }
        }
    }

    private func check(_ query: Query, _ table: CollectionTable, hasSpan: Bool) throws {
        let database = try SQLiteTestDatabase()
        try sqlite(database.path, "CREATE TABLE other (a)")
        let connection = try Connection(database.path, .writer, busyTimeout: .zero)
        let objects = [table.definition] + table.sideObjects + table.indexes.map(\.object)
        for object in objects { try connection.execute(object.sql) }
        let plans = try connection.plans(of: query, table, Self.jobs)
        #expect(!plans.isEmpty)
        for (sql, plan) in plans {
            print(plan.joined(separator: "; "), "<-", sql)
            let isWholeList = query.filter == .and([]) && query.order == .entry
            for step in plan {
                // The choices that an index has at its beginning are told by steps down to them, not by a walk.
                let isScan = step.hasPrefix("SCAN completed") && !sql.hasSuffix("LIMIT 1")
                #expect(!isScan || isWholeList, "\(plan) for \(sql)")
                #expect(
                    !step.contains("TEMP B-TREE") || hasSpan && query.order == .entry && !sql.contains("document"),
                    "\(plan) for \(sql)")
            }
        }
    }
}
