import Datastores
import Jobs
import Kernel
import KernelTesting
import Targets
import Testing

/// A stack with datastores, and the same one without them.
enum DatastoresStack {
    static let modules: [any Module.Type] = [JobsModule.self, TargetsModule.self, DatastoresModule.self]
    static let first = "no.example.first"
    static let second = "no.example.second"

    /// The first one may be bumped, the second one not.
    static let both = configuration(
        "{rdn: \(first), directory: /data/first, name: First, description: The first one, bumpEnabled: true}, "
            + "{rdn: \(second), directory: /data/second}")
    static let one = configuration("{rdn: \(first), directory: /data/first}")
    static let off = ""

    static func configuration(_ list: String) -> String {
        "modules: { datastores: { enabled: true, list: [\(list)] } }"
    }

    /// What keeps a service with that configuration from starting.
    static func problems(_ yaml: String) -> [BootIssue] {
        do {
            _ = try Assembly(
                modules: modules, drivers: [SharedDriver.self],
                configuration: Configuration(yaml: yaml, environment: ["JOB_SERVICE_STORAGE__URL": "shared:none"]),
                log: Logger("test", sink: LogRecorder()))
            return []
        } catch {
            return error.issues
        }
    }
}

extension TestClient {
    /// Posts jobs and returns the reply's items.
    func items(_ jobs: JSON..., at path: String = "/jobs") async throws -> [JSON] {
        let reply = try await post(path, ["jobs": .array(jobs)])
        #expect(reply.status == 200, "\(reply.text)")
        return try reply.json.array ?? []
    }

    func value(_ path: String) async throws -> JSON { try await get(path).json }

    func values(_ member: String, of path: String) async throws -> [String?] {
        try await list(path).map { $0[member]?.string }
    }
}

extension JSON {
    /// A job to be posted to a datastore.
    func of(_ rdn: String) -> JSON {
        var object = object ?? JSONObject()
        object["datastoreRdn"] = .string(rdn)
        return .object(object)
    }
}
