import Kernel
import KernelTesting
import Testing

@Suite("Deleting importable datasets")
struct DatasetDeletionTests {
    @Test(
        "a dataset is deleted from the directory, and is not listed any more", arguments: TestClient.Transport.allCases)
    func delete(transport: TestClient.Transport) async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:A", "garbage:B")
        try await withDatasets(in: folder, transport: transport) { client async throws in
            let deleted = try await client.delete("/importable-datasets/A")
            #expect(deleted.status == 200 && deleted.text == #"{"message":"OK, A deleted"}"#)
            #expect(!folder.has("A.tar"))
            #expect(try await client.datasets() == [])
            let again = try await client.delete("/importable-datasets/A")
            #expect(try again.status == 404 && again.json["code"] == "datasets.not-found")
            #expect(try await client.delete("/importable-datasets/B").status == 200)
            #expect(!folder.has("B.tar"))
        }
    }

    @Test("the archive is never touched")
    func archive() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:A", "gnu:B", in: "archive")
        try await folder.make("gnu:B")
        try await withDatasets(in: folder) { client async throws in
            #expect(try await client.delete("/importable-datasets/A").status == 404)
            #expect(try await client.delete("/importable-datasets/B").status == 200)
            #expect(try await client.datasets() == ["A mda", "B mda"])
            #expect(try await client.delete("/importable-datasets/archive").status == 400)
            #expect(try await client.delete("/importable-datasets/archive%2FA").status == 400)
            #expect(try await client.datasets() == ["A mda", "B mda"])
        }
    }

    static let invalid = [
        "a", "1A", "_A", "A-B", "A.tar", "A%20", "%20A", "..", "%2e%2e", "%2E%2E%2FX", "..%2fX", "A%2F..%2FA", "A%00",
        "A%0A", "%C3%85", "A%26B", "A+B", "*", "A*", "%2Ftmp%2FA", String(repeating: "A", count: 129),
    ]

    @Test("an invalid name is 400, and nothing is deleted")
    func invalidName() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:A", "gnu:a", "gnu:1A")
        try await folder.make("gnu:X", in: "..")
        try await withDatasets(in: folder, transport: .liveSocket) { client async throws in
            for name in Self.invalid {
                let response = try await client.delete("/importable-datasets/\(name)")
                // `..` is a step up for whoever resolves the path first; then there is no such route.
                #expect(response.status == 400 || (name.hasSuffix("..") && response.status == 404), "\(name)")
            }
            #expect(["A.tar", "a.tar", "1A.tar", "../X.tar"].allSatisfy(folder.has))
        }
    }

    @Test("a name of 128 characters is valid, and the list itself cannot be deleted")
    func edges() async throws {
        let folder = try InputFolder()
        let name = String(repeating: "A", count: 128)
        try await folder.make("gnu:\(name)")
        try await withDatasets(in: folder, transport: .liveSocket) { client async throws in
            #expect(try await client.delete("/importable-datasets").status == 405)
            #expect(try await client.delete("/importable-datasets/").status == 404)
            #expect(try await client.delete("/importable-datasets/A/B").status == 404)
            #expect(try await client.delete("/importable-datasets/\(name)").status == 200)
            #expect(!folder.has("\(name).tar"))
        }
    }

    @Test("a link is deleted itself, never what it leads to")
    func links() async throws {
        let folder = try InputFolder()
        try await folder.make("link_outside:OUT", "link_inside:IN", "link_nowhere:NOWHERE")
        try await folder.shell("mkdir ../secret; touch ../secret/file; ln -s ../secret FOLDER.tar")
        try await withDatasets(in: folder) { client async throws in
            for name in ["OUT", "IN", "NOWHERE", "FOLDER"] {
                #expect(try await client.delete("/importable-datasets/\(name)").status == 200)
                #expect(!folder.has("\(name).tar"))
            }
        }
        #expect(folder.has("../input-outside-OUT") && folder.has("target-of-IN") && folder.has("../secret/file"))
    }

    @Test("what is no file is not there to be deleted", arguments: ["folder", "fifo", "unix_socket"])
    func noFiles(recipe: String) async throws {
        let folder = try InputFolder()
        try await folder.make("\(recipe):SET")
        try await withDatasets(in: folder) { client async throws in
            #expect(try await client.delete("/importable-datasets/SET").status == 404)
            #expect(folder.has("SET.tar"))
        }
    }

    @Test("deleting asks for an API key where there are any, listing is for anyone")
    func access() async throws {
        try await withDatasets(in: try InputFolder()) { client async throws in
            let routes = client.application.assembly.routes.filter { $0.module == "importableDatasets" }
            #expect(
                routes.map { "\($0.method.rawValue) \($0.operation.access?.description ?? "")" } == [
                    "GET anyone", "DELETE service,operator,administrator",
                ])
        }
    }
}
