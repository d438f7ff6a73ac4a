import Glibc
import KernelTesting
import Testing

extension Trait where Self == ConditionTrait {
    /// The tests that need a server are left out only where somebody says so, and the output tells.
    static var needsMongoDB: Self {
        .disabled("MONGODB_TESTS=skip") { getenv("MONGODB_TESTS").map { String(cString: $0) } == "skip" }
    }
}

@Suite("The MongoDB store conforms", .needsMongoDB, .serialized)
struct MongoDBConformanceTests {
    @Test("as every driver does", arguments: StoreConformance.Check.allCases)
    func conforms(_ check: StoreConformance.Check) async throws {
        try await StoreConformance { try MongoDBTestDatabase() }.run(check)
    }
}
