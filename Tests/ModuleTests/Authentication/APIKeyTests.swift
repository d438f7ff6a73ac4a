import Kernel
import KernelTesting
import Testing

@Suite("API keys of services")
struct APIKeyTests {
    private static let keys = ["JOB_SERVICE_MODULES__AUTHENTICATION__API_KEYS": "first-key,second-key"]

    @Test("each of the configured keys opens the routes of services")
    func knownKeys() async throws {
        try await withAuthentication(environment: Self.keys) { service in
            for key in ["first-key", "second-key"] {
                let reply = try await service.put(key)
                #expect(reply.status == 404, "admitted, though there is no such job")
            }
        }
    }

    @Test("any other key is refused, and so are two")
    func unknownKeys() async throws {
        try await withAuthentication(environment: Self.keys) { service in
            let none = try await service.put(nil)
            #expect(none.status == 401)
            #expect(none.message == "Unauthorized. No API key was provided")
            #expect(none.headers["WWW-Authenticate"] == #"ApiKey realm="job-service""#)
            for key in [
                "first-ke", "first-keys", "FIRST-KEY", "first-key,second-key", "second", "\u{e9}",
                "first-key\r\nX-API-Key: first-key", String(repeating: "k", count: 10_000),
            ] {
                let reply = try await service.put(key)
                #expect(reply.status == 401, "\(key.prefix(40))")
                #expect(reply.message == "Unauthorized: the API key is not known")
            }
        }
    }

    @Test("a key is asked for before the body is looked at, and opens nothing that takes an administrator")
    func keysAndTokens() async throws {
        try await withAuthentication(environment: Self.keys) { service in
            let malformed = try await service.client.send(.put, "/jobs/none", Array("{".utf8))
            #expect(malformed.status == 401)
            let posted = try await service.client.post(
                "/jobs", AuthenticationFixture.body, headers: ["X-API-Key": "first-key"])
            #expect(posted.status == 401)
            let read = try await service.client.get("/jobs")
            #expect(read.status == 200)
        }
    }

    @Test("a secret key is never shown")
    func secrecy() async throws {
        try await withAuthentication(environment: Self.keys) { service in
            _ = try await service.put("first-key")
            _ = try await service.put("wrong-key")
            for entry in service.log.entries {
                #expect(!"\(entry)".contains("-key\"") && !"\(entry)".contains("wrong-key"))
            }
        }
    }

    @Test("without configured keys none is asked for")
    func noKeys() async throws {
        try await withAuthentication { service in
            let reply = try await service.put(nil)
            #expect(reply.status == 404)
        }
    }
}

extension AuthenticationFixture {
    /// Updates a job that does not exist.
    fileprivate func put(_ key: String?) async throws -> TestResponse {
        try await client.put(
            "/jobs/none", ["status": "queued"], headers: key.map { ["X-API-Key": $0] } ?? [:])
    }
}
