import Authentication
import Console
import Events
import ImportableDatasets
import Jobs
import Kernel
import KernelTesting
import Maintenance
import StorageSQLite
import Targets
import Testing

/// Services with the console, and what a browser without scripts does with its pages.
enum ConsoleService {
    static let modules: [any Module.Type] = [
        JobsModule.self, TargetsModule.self, ImportableDatasetsModule.self, MaintenanceModule.self,
        AuthenticationModule.self, EventsModule.self, ConsoleModule.self,
    ]
}

/// A service with the console and all that it shows.
/// - Parameters:
///   - folder: the input directory.
///   - environment: further variables.
///   - extra: further modules.
func withConsole<R: Sendable>(
    _ folder: InputFolder? = nil, configuration: String = "console: {enabled: true}", isBumpEnabled: Bool = true,
    environment: [String: String] = [:], extra: [any Module.Type] = [],
    transport: TestClient.Transport = .inProcess, _ body: (TestClient) async throws -> R
) async throws -> R {
    let (database, folder) = (try TemporaryDatabase(), try folder ?? InputFolder())
    var all = [
        "JOB_SERVICE_STORAGE__URL": "sqlite:\(database.file)", "INPUT_DIR": folder.path,
        "BUMP_ENABLED": isBumpEnabled ? "true" : "false",
    ]
    all.merge(environment) { $1 }
    return try await withApplication(
        modules: ConsoleService.modules + extra, drivers: [SQLiteDriver.self],
        configuration: "modules: {\(configuration)}", environment: all, transport: transport, body)
}

extension TestClient {
    /// Sends a form as a browser does.
    func form(
        _ target: String, _ fields: KeyValuePairs<String, String>, headers: [String: String] = [:]
    ) async throws -> TestResponse {
        let body = PercentEncoding.target("", fields.map { QueryItem($0.key, $0.value) }).dropFirst()
        var headers = headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return try await send(.post, target, Array(body.utf8), headers: headers)
    }

    /// A page, which must be there.
    func page(_ target: String, headers: [String: String] = [:], status: Int = 200) async throws -> String {
        let reply = try await get(target, headers: headers)
        #expect(reply.status == status, "\(target): \(reply.text)")
        #expect(reply.text.hasPrefix("<!doctype html>"), "\(target)")
        return reply.text
    }
}

extension TestResponse {
    /// Where a browser that has asked for `target` goes on.
    func next(after target: String) throws -> String {
        #expect(status == 303, "\(text)")
        let location = try #require(headers["Location"])
        var segments = target.split(separator: "?")[0].split(separator: "/").dropLast().map(String.init)
        let parts = location.split(separator: "?", maxSplits: 1).map(String.init)
        for part in parts[0].split(separator: "/") {
            if part == ".." { segments.removeLast() } else if part != "." { segments.append(String(part)) }
        }
        return "/" + segments.joined(separator: "/") + (parts.count > 1 ? "?\(parts[1])" : "")
    }
}

extension String {
    /// The value of the first field of a page's forms that has the name.
    func field(_ name: String) -> String? {
        guard let start = firstRange(of: "name=\"\(name)\" value=\"")?.upperBound else { return nil }
        return String(self[start...].prefix { $0 != "\"" })
    }

    /// How often something stands in the text.
    func count(of part: String) -> Int { ranges(of: part).count }
}
