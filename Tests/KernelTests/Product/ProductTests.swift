import Kernel
import KernelTesting
import Testing

@Suite("A product")
struct ProductTests {
    @Test("is called the same wherever its service shows a name")
    func name() async throws {
        let product = Product(name: "our-service", summary: "What we do", version: "1.2.3")
        let log = LogRecorder()
        try await withApplication(
            product, modules: [], drivers: [RecordingDriver.self],
            environment: ["OUR_SERVICE_STORAGE__URL": "recording:", "JOB_SERVICE_HTTP__PORT": "not ours"], log: log
        ) { client in
            let version = try await client.get("/version").json
            #expect(version["service"] == "our-service" && version["version"] == "1.2.3")
            let info = try await client.get("/openapi.json").json["info"]
            #expect(info?["title"] == "our-service" && info?["description"] == "What we do.")
            let missing = try await client.get("/nowhere").json
            #expect(missing["requestId"]?.string?.hasPrefix("our-service-") == true)
            let names = try await client.get("/metrics").text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
                .map { $0.split(separator: " ")[2] }
            #expect(names.contains("our_service_build_info"))
            #expect(names.allSatisfy { $0.hasPrefix("our_service_") || $0.hasPrefix("process_") })
        }
    }

    @Test("has its database, its variables and its words from its name, unless it says otherwise")
    func derived() {
        let plain = Product(name: "our-service", summary: "The register of a library's books")
        #expect(plain.environmentPrefix == "OUR_SERVICE")
        #expect(plain.databaseFile == "data/our-service.db" && plain.databaseName == "our-service")
        #expect(plain.words.task == "the register of a library's books" && plain.exampleFile == "documents.db")
        let wordy = Product(
            name: "a", summary: "S", environmentPrefix: "LIBRARY", databaseName: "books",
            words: Product.Words(task: "lends books", item: "book", use: "borrow books"))
        #expect(wordy.environmentPrefix == "LIBRARY" && wordy.databaseName == "books")
        #expect(wordy.words.task == "lends books" && wordy.exampleFile == "books.db")
    }

    @Test(
        "is refused under a name that a variable, a metric or a file cannot have",
        arguments: ["", "Our", "our_service", "our service", "our--service", "-our", "our-", "1our", "é", "a/b"])
    func badName(name: String) async throws {
        let product = Product(name: name, summary: "S", environmentPrefix: "OUR")
        let failure = await #expect(throws: BootFailure.self) {
            try await withApplication(
                product, modules: [], drivers: [RecordingDriver.self], environment: ["OUR_STORAGE__URL": "recording:"]
            ) { _ in }
        }
        #expect(failure?.issues.map(\.what) == ["the program's own name is '\(name)'"])
    }

    @Test("is refused with a prefix that is none of variables", arguments: ["", "our", "OUR_", "OUR__S", "OUR-S"])
    func badPrefix(prefix: String) {
        let product = Product(name: "our", summary: "S", environmentPrefix: prefix)
        #expect(product.problem?.what == "the program's environment prefix is '\(prefix)'")
    }
}
