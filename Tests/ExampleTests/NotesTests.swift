import Authentication
import Console
import Kernel
import KernelTesting
import Notes
import StorageSQLite
import Testing

@Suite("Notes")
struct NotesTests {
    private func withService(configuration: String = "", _ body: (TestClient) async throws -> Void) async throws {
        try await withApplication(
            modules: [NotesModule.self], drivers: [SQLiteDriver.self], configuration: configuration,
            environment: ["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"], body)
    }

    @Test("what is added can be found, listed and removed")
    func life() async throws {
        try await withService { client in
            let added = try await client.post("/notes", ["dataset": "A_SET", "text": "Look here"])
            #expect(added.status == 200)
            let id = try #require(try added.json["noteId"]?.string)
            let found = try await client.get("/notes/\(id)")
            #expect(found.text == added.text)

            _ = try await client.post("/notes", ["dataset": "B_SET", "text": "And there"])
            let all = try await client.get("/notes").json
            #expect(all.array?.map { $0["dataset"] } == ["A_SET", "B_SET"])
            let some = try await client.get("/notes?dataset=A_SET").json
            #expect(some == .array([try added.json]))

            let removed = try await client.delete("/notes/\(id)")
            #expect(removed.status == 200)
            let gone = try await client.get("/notes/\(id)")
            #expect(gone.status == 404)
            #expect(try gone.json["code"] == "notes.not-found")
            let metrics = try await client.get("/metrics")
            #expect(metrics.text.contains("\njob_service_notes_removed_total 1\n"))
        }
    }

    @Test("what is wrong with a new one is named, all of it")
    func wrong() async throws {
        try await withService(configuration: "modules: { notes: { maximumLength: 5 } }") { client in
            let reply = try await client.post("/notes", ["text": "too long", "colour": "red"])
            #expect(reply.status == 400)
            let fields = try reply.json["errors"]?.array?.map { $0["field"]?.string }
            #expect(fields == ["colour", "dataset", "text"])
        }
    }

    @Test("whoever adds or removes them proves who they are", arguments: TestClient.Transport.allCases)
    func logins(transport: TestClient.Transport) async throws {
        try await withLogins(["curator": [.service], "watcher": [.viewer]]) { logins in
            try await withApplication(
                modules: [NotesModule.self, AuthenticationModule.self], drivers: [SQLiteDriver.self],
                environment: logins.environment.merging(["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"]) { $1 },
                transport: transport
            ) { client in
                let note: JSON = ["dataset": "A_SET", "text": "Look here"]
                let callers = [logins.administrator(), logins.service("curator"), logins.service("watcher"), [:]]
                for (headers, status) in zip(callers, [200, 200, 403, 401]) {
                    let reply = try await client.post("/notes", note, headers: headers)
                    #expect(reply.status == status)
                }
            }
        }
    }

    @Test("they have a page on the console")
    func panel() async throws {
        try await withApplication(
            modules: [ConsoleModule.self, NotesModule.self], drivers: [SQLiteDriver.self],
            configuration: "modules: { console: { enabled: true } }",
            environment: ["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"]
        ) { client in
            let empty = try await client.get("/console/panels/notes")
            #expect(empty.text.contains("Nobody has left a note yet."))
            _ = try await client.post("/notes", ["dataset": "A_SET", "text": "<b>Look</b>"])
            let page = try await client.get("/console/panels/notes")
            #expect(page.text.contains("<dt>A_SET</dt><dd dir=\"auto\">&lt;b&gt;Look&lt;/b&gt;</dd>"))
        }
    }

    @Test("a configuration that makes no sense keeps the service from starting")
    func configuration() async throws {
        let failure = await #expect(throws: BootFailure.self) {
            try await withService(configuration: "modules: { notes: { maximumLength: many } }") { _ in }
        }
        #expect(failure?.issues.map(\.kind) == [.configuration])
    }
}
