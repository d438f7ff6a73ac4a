import Kernel
import KernelTesting
import Testing

/// Jobs to be posted.
enum SampleJob {
    static func add(_ target: String) -> JSON { ["operation": "ADD", "target": .string(target)] }

    /// A BUMP from 1.0.0 to 1.1.0 whose manifest has those targets with their release status.
    static func bump(_ updates: KeyValuePairs<String, String>) -> JSON {
        [
            "operation": "BUMP", "target": "DATASTORE", "description": "The next version", "bumpFromVersion": "1.0.0",
            "bumpToVersion": "1.1.0",
            "bumpManifesto": [
                "version": "1.1.0", "description": "The next version", "releaseTime": 1_700_000_000,
                "languageCode": "no", "updateType": "MINOR",
                "dataStructureUpdates": .array(
                    updates.map { name, releaseStatus in
                        [
                            "name": .string(name), "description": "An update", "operation": "ADD",
                            "releaseStatus": .string(releaseStatus),
                        ]
                    }),
            ],
        ]
    }

    /// A job as it is stored.
    static func stored(
        _ id: String, target: String, status: String, at instant: String, parameters: JSON? = nil
    ) -> JSON {
        [
            "jobId": .string(id), "status": .string(status), "parameters": parameters ?? add(target),
            "log": [["at": .string(instant), "message": .string("Set status: \(status)")]],
            "createdAt": "2020-01-01T00:00:00.000000Z",
            "createdBy": ["userId": "1", "firstName": "A", "lastName": "B"],
        ]
    }
}

extension TestClient {
    /// Posts jobs and returns their ids.
    func create(_ jobs: JSON...) async throws -> [String] {
        let reply = try await post("/jobs", ["jobs": .array(jobs)])
        #expect(reply.status == 200, "\(reply.text)")
        return try (reply.json.array ?? []).map { try #require($0["job_id"]?.string) }
    }

    func update(_ id: String, to status: String) async throws {
        let reply = try await put("/jobs/\(id)", ["status": .string(status)])
        #expect(reply.status == 200, "\(reply.text)")
    }

    func job(_ id: String) async throws -> JSON { try await get("/jobs/\(id)").json }

    func list(_ target: String) async throws -> [JSON] { try await get(target).json.array ?? [] }

    /// The target of that name, as `GET /targets` has it.
    func target(_ name: String) async throws -> JSON? {
        try await list("/targets").first { $0["name"]?.string == name }
    }
}
