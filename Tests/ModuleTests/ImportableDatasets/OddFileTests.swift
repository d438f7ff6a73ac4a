import Glibc
import Kernel
import KernelTesting
import Testing

@Suite("Odd files in the input directory")
struct OddFileTests {
    static let recipes = [
        "cut_in_data", "cut_in_header", "cut_between_entries", "cut_before_end_mark", "cut_sparse",
        "cut_behind_complete", "cut_gzip", "bad_checksum", "bad_second_header", "garbage", "text", "zero_bytes",
        "zip_file", "gzip_of_garbage", "gzip_twice", "many_special_headers", "huge_special_header", "negative_size",
        "fifo", "folder", "unix_socket", "link_outside", "link_nowhere", "link_to_itself", "link_to_device",
    ]

    @Test("each is skipped with one warning, and the others are still listed")
    func skipped() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make(Self.recipes.map { "\($0):\($0.uppercased())" } + ["gnu:A", "gnu:Z"])
        try await withDatasets(in: folder, log: log) { client async throws in
            for _ in 1...3 { #expect(try await client.datasets() == ["A md", "Z md"]) }
            for recipe in Self.recipes { #expect(log.datasetWarnings(about: "\(recipe.uppercased()).tar").count == 1) }
            #expect(log.datasetWarnings.count == Self.recipes.count)
        }
    }

    @Test("one that changes and stays odd is warned of again; one that is put right is listed")
    func changes() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make("cut_in_data:SET")
        try await withDatasets(in: folder, environment: InputFolder.settling(for: "0"), log: log) {
            client async throws in
            #expect(try await client.datasets() == [])
            try await folder.make("cut_in_header:SET")
            for _ in 1...2 { #expect(try await client.datasets() == []) }
            #expect(log.datasetWarnings.count == 2)
            try await folder.make("gnu:SET")
            #expect(try await client.datasets() == ["SET md"])
            try await folder.shell("rm SET.tar")
            try await folder.make("fifo:SET")
            #expect(try await client.datasets() == [])
            #expect(log.datasetWarnings.count == 3)
        }
    }

    @Test("a folder's own changes are no reason for another warning")
    func changingFolder() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make("folder:ODD")
        try await withDatasets(in: folder, log: log) { client async throws in
            for index in 1...3 {
                try await folder.shell("touch ODD.tar/\(index)")
                #expect(try await client.datasets() == [])
            }
            #expect(log.datasetWarnings.count == 1)
        }
    }

    @Test("a tar that would take too long to decompress is given up, with one warning")
    func bomb() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make("bomb:BOMB", "gnu:A")
        let limit = ["JOB_SERVICE_MODULES__IMPORTABLE_DATASETS__INSPECTION_LIMIT": "100ms"]
        try await withDatasets(in: folder, environment: limit, log: log) { client async throws in
            for _ in 1...3 { #expect(try await client.datasets() == ["A md"]) }
            #expect(log.datasetWarnings(about: "BOMB.tar").count == 1)
        }
    }

    @Test("a tar without rights to read it is skipped until it gets them", .enabled(if: geteuid() != 0))
    func unreadable() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make("unreadable:SET", "gnu:A")
        try await withDatasets(in: folder, log: log) { client async throws in
            for _ in 1...3 { #expect(try await client.datasets() == ["A md"]) }
            #expect(log.datasetWarnings.count == 1)
            try await folder.shell("chmod 644 SET.tar")
            #expect(try await client.datasets() == ["A md", "SET md"])
        }
    }

    @Test("files that come and go while the directory is read disturb nothing")
    func vanishing() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:STAYS")
        let isOver = Gate()
        try await withDatasets(in: folder) { client async throws in
            async let churn: Void = Self.churn(folder.path, until: isOver)
            for _ in 1...200 { #expect(try await client.datasets().contains("STAYS md")) }
            isOver.open()
            await churn
            #expect(try await client.datasets() == ["STAYS md"])
        }
    }

    /// Makes and removes links to a tar under many names, over and over.
    @concurrent
    private static func churn(_ path: String, until isOver: Gate) async {
        while !isOver.isOpen {
            for index in 0..<100 { link("\(path)/STAYS.tar", "\(path)/GOES_\(index).tar") }
            for index in 0..<100 { unlink("\(path)/GOES_\(index).tar") }
            await Task.yield()
        }
    }
}
