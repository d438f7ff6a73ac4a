import KernelTesting
import Testing

@Suite("The SQLite store conforms")
struct SQLiteConformanceTests {
    @Test("as every driver does", arguments: StoreConformance.Check.allCases)
    func conforms(_ check: StoreConformance.Check) async throws {
        try await StoreConformance { try SQLiteTestDatabase() }.run(check)
    }
}
