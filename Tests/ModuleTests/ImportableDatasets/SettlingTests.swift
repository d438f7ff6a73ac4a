import Glibc
import Kernel
import KernelTesting
import Testing

/// Tars that are still being written, and those that only look like it.
@Suite("Tars that are being uploaded")
struct SettlingTests {
    /// So long that no test gets there.
    private static let patient = InputFolder.settling(for: "1h")

    @Test(
        "one whose size was set first is not listed before it has been quiet",
        arguments: ["preallocated", "preallocated_with_extents", "preallocated_with_zeros"])
    func preallocated(recipe: String) async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make("\(recipe):SET", "gnu:A")
        try await withDatasets(in: folder, environment: Self.patient, log: log) { client async throws in
            for _ in 1...3 { #expect(try await client.datasets() == ["A md"]) }
            #expect(log.datasetWarnings == [])
            // As if its upload had ended long ago.
            try await folder.shell("touch -d '2 hours ago' SET.tar")
            #expect(try await client.datasets() == ["A md", "SET md"])
        }
    }

    @Test("it is listed as soon as every byte of it has been written, and it settles without a change")
    func upload() async throws {
        let folder = try InputFolder()
        try await folder.make("preallocated:SET")
        try await withDatasets(in: folder, environment: Self.patient) { client async throws in
            #expect(try await client.datasets() == [])
            try await folder.make("gnu:SET")
            #expect(try await client.datasets() == ["SET md"])
        }
        try await folder.make("preallocated:SLOW")
        let brief = InputFolder.settling(for: "300ms")
        try await withDatasets(in: folder, environment: brief) { client async throws in
            while try await client.datasets() != ["SET md", "SLOW md"] {}
            let watch = try OpenWatch(folder.path)
            for _ in 1...5 { #expect(try await client.datasets().count == 2) }
            #expect(try watch.opened() == [])
        }
    }

    @Test("one that was listed is left out while it is overwritten")
    func overwritten() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:SET")
        try await withDatasets(in: folder, environment: Self.patient) { client async throws in
            #expect(try await client.datasets() == ["SET md"])
            try await folder.shell("dd if=/dev/urandom of=SET.tar bs=1 seek=1600 count=9 conv=notrunc 2>/dev/null")
            #expect(try await client.datasets() == [])
            // The whole file takes its place.
            try await folder.make("gnu:SET", in: "../other")
            try await folder.shell("mv ../other/SET.tar SET.tar")
            #expect(try await client.datasets() == ["SET md"])
        }
    }

    @Test(
        "a whole tar is listed at once however it comes there",
        arguments: ["cp ../other/SET.tar .", "mv ../other/SET.tar .", "cp -p ../other/SET.tar T; mv T SET.tar"])
    func whole(command: String) async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:SET", in: "../other")
        try await withDatasets(in: folder, environment: Self.patient) { client async throws in
            try await folder.shell(command)
            #expect(try await client.datasets() == ["SET md"])
        }
    }

    @Test("one whose time lies in the future is hidden for no longer than others")
    func future() async throws {
        let folder = try InputFolder()
        try await folder.make("sparse_10_GiB:SET")
        try await folder.shell("touch -d '2099-01-01' SET.tar")
        let brief = InputFolder.settling(for: "200ms")
        try await withDatasets(in: folder, environment: brief) { client async throws in
            #expect(try await client.datasets() == [])
            while try await client.datasets() != ["SET md"] {}
        }
    }

    @Test("zeros where an entry should begin are no end, however old and whatever is configured")
    func zeros() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make("zeros_for_an_entry:SET", "nothing_but_zeros:NONE", "long_records:LONG")
        try await withDatasets(in: folder, environment: InputFolder.settling(for: "0"), log: log) {
            client async throws in
            #expect(try await client.datasets() == ["LONG md"])
            let reason = "it is not whole: zeros stand where an entry should begin"
            #expect(log.datasetWarnings(about: "SET.tar").allSatisfy { $0.hasSuffix(reason) })
            #expect(log.datasetWarnings(about: "NONE.tar").count == 1 && log.datasetWarnings.count == 2)
        }
    }

    @Test("one that grows is warned of once, not at every poll")
    func growing() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make("cut_in_data:SET")
        try await withDatasets(in: folder, environment: Self.patient, log: log) { client async throws in
            for _ in 1...5 {
                #expect(try await client.datasets() == [])
                try await folder.shell("printf x >> SET.tar")
            }
            #expect(log.datasetWarnings.count == 1)
        }
    }
}
