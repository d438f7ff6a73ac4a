import Dispatch
import Glibc
import ImportableDatasets
import Kernel
import KernelTesting
import StorageSQLite

/// An input directory of a test's own, filled by `Tests/black-box/tars.py`, and gone with the test.
final class InputFolder: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let path: String
    private let parent: String

    init() throws {
        var template = Array("/tmp/job-service-datasets-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure(description: "mkdtemp: \(errno)") }
        parent = String(cString: made)
        path = parent + "/input"
        mkdir(path, 0o755)
    }

    deinit {
        _ = Self.waitForProgram(["rm", "-rf", parent])
    }

    /// The variable for `withDatasets` that sets how long changed tars are left alone.
    static func settling(for time: String) -> [String: String] {
        ["JOB_SERVICE_MODULES__IMPORTABLE_DATASETS__SETTLE": time]
    }

    /// Makes tars by the recipes of `tars.py`, as `recipe:NAME`, in this folder or one in it.
    func make(_ recipes: String..., in folder: String = "") async throws {
        try await make(recipes, in: folder)
    }

    func make(_ recipes: [String], in folder: String = "") async throws {
        try await Self.run(["python3", Self.script, "\(path)/\(folder)"] + recipes)
    }

    /// Makes `SET_00000.tar` and so on.
    func makeMany(_ count: Int, in folder: String = "") async throws {
        try await Self.run(["python3", Self.script, "\(path)/\(folder)", "many", String(count)])
    }

    /// Lets the step of the file system's clock pass: a file that changed within it may change again without a trace,
    /// so that the service looks at it twice.
    func settle() async throws {
        try await Task.sleep(for: .milliseconds(30))
    }

    /// Runs a shell command in the folder, or beside it where it calls itself `input`.
    func shell(_ command: String, beside: Bool = false) async throws {
        try await Self.run(["sh", "-ec", "cd '\(beside ? parent : path)'; \(command)"])
    }

    func has(_ name: String) -> Bool {
        var status = stat()
        return lstat("\(path)/\(name)", &status) == 0
    }

    private static let script =
        #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/black-box/tars.py"

    /// Runs a program to its end (posix_spawnp), waiting on a thread that Swift's tasks do not share.
    private static func run(_ words: [String]) async throws {
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: waitForProgram(words)) }
        }
        guard status == 0 else { throw Failure(description: "\(words) ended with status \(status)") }
    }

    private static func waitForProgram(_ words: [String]) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], nil, nil, &arguments, environ)
        guard code == 0 else { return code }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }
}

/// Runs a service that has nothing but the module under test.
func withDatasets<R: Sendable>(
    in folder: InputFolder, environment: [String: String] = [:], log: LogRecorder = LogRecorder(),
    transport: TestClient.Transport = .inProcess, _ body: (TestClient) async throws -> R
) async throws -> R {
    var environment = environment
    environment["INPUT_DIR"] = environment["INPUT_DIR"] ?? folder.path
    environment["JOB_SERVICE_STORAGE__URL"] = "sqlite::memory:"
    return try await withApplication(
        modules: [ImportableDatasetsModule.self], drivers: [SQLiteDriver.self], environment: environment,
        transport: transport, log: log, body)
}

extension TestClient {
    /// The list as `NAME`, followed by `m` for metadata, `d` for data and `a` for archived: `SET md`.
    func datasets() async throws -> [String] {
        let response = try await get("/importable-datasets")
        guard response.status == 200 else {
            throw InputFolder.Failure(description: "\(response.status) \(response.text)")
        }
        return try response.json.array?.map { item in
            let flags = [("hasMetadata", "m"), ("hasData", "d"), ("isArchived", "a")]
                .compactMap { item[$0.0] == .bool(true) ? $0.1 : item[$0.0] == .bool(false) ? nil : "?" }
            return "\(item["datasetName"]?.string ?? "?") \(flags.joined())"
        } ?? []
    }
}

extension LogRecorder {
    /// The warnings of the module under test.
    var datasetWarnings: [String] {
        entries.filter { $0.level == .warning && $0.logger == "importableDatasets" }.map(\.message)
    }

    func datasetWarnings(about name: String) -> [String] { datasetWarnings.filter { $0.contains("/\(name)") } }
}
