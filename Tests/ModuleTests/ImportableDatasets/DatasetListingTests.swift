import Kernel
import KernelTesting
import Testing

@Suite("Listing importable datasets")
struct DatasetListingTests {
    static let wholeTars = [
        "bzipped", "chunks_folder", "dot_slash", "garbage_behind", "gnu", "gnu_sparse", "gzipped", "link_inside",
        "link_inside_absolute", "long_names", "long_names_pax", "lz4", "metadata_last", "pax", "sparse_10_GiB",
        "sparse_50_GiB", "thousand_entries", "ustar", "xzipped", "zstandard",
    ]

    @Test("a whole tar is listed, whatever its format, compression and size")
    func wholeTar() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make(Self.wholeTars.map { "\($0):\($0.uppercased())" })
        try await withDatasets(in: folder, environment: InputFolder.settling(for: "0"), log: log) {
            client async throws in
            #expect(try await client.datasets() == Self.wholeTars.map { "\($0.uppercased()) md" })
        }
        #expect(log.datasetWarnings == [])
    }

    @Test("what a tar holds is told apart; without metadata of its own it is not listed, and that is no warning")
    func parts() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make(
            "only_metadata:A", "almost_chunks:B", "gnu:C", "only_data:D", "no_entries:E", "other_metadata:F")
        try await withDatasets(in: folder, log: log) { client async throws in
            #expect(try await client.datasets() == ["A m", "B m", "C md"])
        }
        #expect(log.datasetWarnings == [])
    }

    @Test("the answer has the four properties of each dataset, in the contract's spelling")
    func spelling() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:SET")
        try await withDatasets(in: folder, transport: .liveSocket) { client async throws in
            let response = try await client.get("/importable-datasets")
            #expect(response.text == #"[{"datasetName":"SET","hasMetadata":true,"hasData":true,"isArchived":false}]"#)
            #expect(response.headers["Content-Type"] == "application/json")
            #expect(try await client.send(.head, "/importable-datasets").status == 200)
            let post = try await client.post("/importable-datasets", [])
            #expect(post.status == 405 && post.headers["Allow"] == "GET, HEAD, OPTIONS")
        }
    }

    @Test("an empty directory is an empty list")
    func empty() async throws {
        try await withDatasets(in: try InputFolder()) { client async throws in
            #expect(try await client.get("/importable-datasets").text == "[]")
        }
    }

    @Test("a name that no dataset can have is not listed")
    func names() async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        let long = String(repeating: "A", count: 128)
        try await folder.make(
            "gnu:A&B", "gnu:A+B", "gnu:lower", "gnu:Mixed", "gnu:1ST", "gnu:_SET", "gnu:A.B", "gnu:A B", "gnu:Å",
            "gnu:",
            "gnu:\(long)A", "gnu:\(long)", "gnu:A", "gnu:Z_9")
        try await folder.shell("cp A.tar B.TAR; cp A.tar C.tar.gz; cp A.tar Dtar; cp A.tar \"$(printf 'E\\377.tar')\"")
        try await withDatasets(in: folder, log: log) { client async throws in
            #expect(try await client.datasets() == ["A md", "\(long) md", "Z_9 md"])
        }
        #expect(log.datasetWarnings == [])
    }

    @Test("datasets come by name, and archived ones behind their namesakes")
    func order() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:B", "gnu:A_2", "gnu:A", "only_metadata:C10")
        try await folder.make("only_metadata:A", "gnu:D", "gnu:C9", in: "archive")
        try await withDatasets(in: folder) { client async throws in
            #expect(
                try await client.datasets() == ["A md", "A ma", "A_2 md", "B md", "C10 m", "C9 mda", "D mda"])
        }
    }

    @Test("folders other than the archive are not looked into")
    func otherFolders() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:A", in: "other")
        try await folder.make("gnu:B", in: "archive/deeper")
        try await withDatasets(in: folder) { client async throws in
            #expect(try await client.datasets() == [])
        }
    }

    @Test(
        "an archive that is no folder of its own is left out, with one warning",
        arguments: ["touch archive", "mkdir ../elsewhere; ln -s ../elsewhere archive"])
    func oddArchive(command: String) async throws {
        let (folder, log) = (try InputFolder(), LogRecorder())
        try await folder.make("gnu:A")
        try await folder.shell(command)
        try await withDatasets(in: folder, log: log) { client async throws in
            for _ in 1...3 { #expect(try await client.datasets() == ["A md"]) }
            #expect(log.datasetWarnings.count == 1)
            try await folder.shell("rm archive")
            try await folder.make("gnu:B", in: "archive")
            #expect(try await client.datasets() == ["A md", "B mda"])
        }
    }
}
