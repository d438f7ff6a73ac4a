import Glibc
import Kernel
import KernelTesting
import Testing

@Suite("The input directory")
struct InputDirectoryTests {
    static let troubles = [
        "rm -r input", "rm -r input; touch input", "rm -r input; ln -s input input", "rm -r input; ln -s nowhere input",
    ]

    @Test("while it is missing the service stays up, says so, and recovers", arguments: troubles)
    func missing(command: String) async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.shell(command, beside: true)
        try await withDatasets(in: folder, log: log) { client async throws in
            for target in ["/importable-datasets", "/health/ready"] {
                let response = try await client.get(target)
                #expect(response.status == 503 && response.headers["Retry-After"] != nil)
                #expect(!response.text.contains(folder.path))
            }
            let deletion = try await client.delete("/importable-datasets/A")
            #expect(deletion.status == 503 && deletion.headers["Retry-After"] != nil)
            #expect(log.messages.contains { $0.contains(folder.path) })
            #expect(try await client.get("/health/alive").status == 200)

            try await folder.shell("rm -f input; mkdir input", beside: true)
            try await folder.make("gnu:A")
            #expect(try await client.datasets() == ["A md"])
            try await client.becomesReady()
        }
    }

    @Test("while it is gone nothing is forgotten that still holds when it is back")
    func goneForAWhile() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:A", "cut_in_data:B")
        try await folder.settle()
        try await withDatasets(in: folder) { client async throws in
            let watch = try OpenWatch(folder.path)
            #expect(try await client.datasets() == ["A md"])
            #expect(try watch.opened() == ["A.tar", "B.tar"])
            try await folder.shell("mv input away", beside: true)
            #expect(try await client.get("/importable-datasets").status == 503)
            try await folder.shell("mv away input", beside: true)
            #expect(try await client.datasets() == ["A md"])
            #expect(try watch.opened() == [])
        }
    }

    @Test(
        "one that may not be read or entered is not ready", .enabled(if: geteuid() != 0),
        arguments: ["000", "600", "300"])
    func withoutRights(mode: String) async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:A")
        try await folder.shell("chmod \(mode) .")
        try await withDatasets(in: folder) { client async throws in
            #expect(try await client.get("/importable-datasets").status == 503)
            #expect(try await client.get("/health/ready").status == 503)
            chmod(folder.path, 0o755)
            #expect(try await client.datasets() == ["A md"])
            try await client.becomesReady()
        }
    }

    @Test("one that was named but is missing is not made")
    func notMade() async throws {
        let folder = try InputFolder()
        try await withDatasets(in: folder, environment: ["INPUT_DIR": folder.path + "/deeper"]) { client async throws in
            #expect(try await client.get("/importable-datasets").status == 503)
            #expect(!folder.has("deeper"))
        }
    }

    @Test("it may itself be a link")
    func link() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:A", "link_inside:B", "link_outside:C")
        try await folder.shell("ln -s input ../alias")
        try await withDatasets(in: folder, environment: ["INPUT_DIR": folder.path + "/../alias/"]) {
            client async throws in
            #expect(try await client.datasets() == ["A md", "B md"])
            #expect(try await client.delete("/importable-datasets/A").status == 200)
            #expect(!folder.has("A.tar"))
        }
    }

    @Test("more tars than configured are left out, with one warning")
    func tooMany() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.makeMany(12)
        let limit = ["JOB_SERVICE_MODULES__IMPORTABLE_DATASETS__MAXIMUM_FILES": "10"]
        try await withDatasets(in: folder, environment: limit, log: log) { client async throws in
            for _ in 1...3 { #expect(try await client.datasets().count == 10) }
            #expect(log.datasetWarnings.count == 1)
        }
    }

    @Test("an empty name of it keeps the service from starting")
    func emptyName() async throws {
        let name = "JOB_SERVICE_MODULES__IMPORTABLE_DATASETS__INPUT_DIRECTORY"
        await #expect(throws: BootFailure.self) {
            try await withDatasets(in: try InputFolder(), environment: [name: ""]) { _ in }
        }
    }
}

extension TestClient {
    /// Waits until the service is ready; the test's time limit ends it.
    fileprivate func becomesReady() async throws {
        while try await get("/health/ready").status != 200 { try await Task.sleep(for: .milliseconds(20)) }
    }
}
