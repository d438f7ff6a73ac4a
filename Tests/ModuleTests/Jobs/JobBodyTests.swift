import Jobs
import Kernel
import KernelTesting
import Testing

/// What clients send to create and update jobs, right and wrong.
@Suite("Bodies of jobs")
struct JobBodyTests {
    private func withService(_ body: (TestClient) async throws -> Void) async throws {
        let configuration = "modules: {jobs: {bumpEnabled: true}}"
        try await TemporaryDatabase().withService([JobsModule.self], configuration: configuration, body)
    }

    /// The one item that a POST of one job is answered with.
    private func post(_ job: JSON, _ client: TestClient) async throws -> JSON {
        let reply = try await client.post("/jobs", ["jobs": [job]])
        #expect(reply.status == 200, "\(reply.text)")
        return try reply.json.array?.first ?? .null
    }

    @Test("words that only look like the legal ones are none")
    func lookalikes() async throws {
        let list =
            "which is none of BUMP, ADD, CHANGE, PATCH_METADATA, SET_STATUS, DELETE_DRAFT, REMOVE, "
            + "ROLLBACK_REMOVE, DELETE_ARCHIVE"
        try await withService { client in
            let operation = try await post(["operation": "ROLLBAC\u{212a}_REMOVE", "target": "A"], client)
            #expect(
                operation == ["status": "FAILED", "msg": .string("operation is \"ROLLBAC\u{212a}_REMOVE\", \(list)")])
            #expect(try await post(["operation": "ADD", "target": "\u{212a}"], client)["status"] == "FAILED")
            for query in ["operation=ROLLBAC%E2%84%AA_REMOVE", "operation=ADD,%E2%84%AA"] {
                #expect(try await client.get("/jobs?\(query)").status == 400)
            }
            #expect(try await client.list("/jobs") == [])
        }
    }

    @Test("an id in the body is that of the path only if its bytes are")
    func equivalentIDs() async throws {
        try await withService { client in
            let reply = try await client.put("/jobs/%C3%A9", ["jobId": "e\u{301}", "status": "built"])
            #expect(reply.status == 400)
            #expect(try reply.json["errors"]?.array?.map { $0["field"] } == ["jobId"])
            #expect(try await client.put("/jobs/%C3%A9", ["jobId": "\u{e9}", "status": "built"]).status == 404)
        }
    }

    @Test("an id of any length is unknown, wherever it is given")
    func longIDs() async throws {
        try await withService { client in
            for length in [300, 5000] {
                let id = String(repeating: "a", count: length)
                #expect(try await client.get("/jobs/\(id)").status == 404)
                #expect(try await client.put("/jobs/\(id)", ["status": "built"]).status == 404)
                let reply = try await client.put("/jobs", ["jobId": .string(id), "status": "built"])
                #expect(reply.status == 404)
                #expect(try reply.json["message"]?.string == "Could not find job with id \(id)")
            }
        }
    }

    @Test("a log line of two million characters is taken")
    func longLog() async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.add("A"))[0]
            let line = JSON.string(String(repeating: "x", count: 2_000_000))
            #expect(try await client.put("/jobs/\(id)", ["status": "failed", "log": line]).status == 200)
        }
    }

    @Test(
        "everything that is wrong with an update is told at once",
        arguments: [
            ("/jobs", #"{"status":"done"}"#, ["status", "jobId"]),
            ("/jobs", #"{}"#, ["jobId", ""]),
            ("/jobs", #"{"jobId":"","log":1}"#, ["jobId", "log"]),
            ("/jobs", #"{"jobId":null,"status":null}"#, ["jobId", ""]),
            ("/jobs", #"{"job_id":7,"status":"done","Log":"x"}"#, ["Log", "jobId", "status"]),
            ("/jobs", #"{"jobID":"1","status":"built"}"#, ["jobID", "jobId"]),
            ("/jobs/1", #"{"jobId":"2","status":"done","extra":1}"#, ["extra", "status", "jobId"]),
            ("/jobs/1", #"{"extra":1}"#, ["extra", ""]),
            ("/jobs/1", #"{"status":"done"}"#, ["status"]),
            ("/jobs/1", #"{"jobId":"1","job_id":"1","description":[]}"#, ["jobId", "description"]),
            ("/jobs", #"[]"#, [""]),
        ])
    func updates(path: String, body: String, fields: [String]) async throws {
        try await withService { client in
            let reply = try await client.send(.put, path, Array(body.utf8))
            #expect(reply.status == 400)
            #expect(try reply.json["errors"]?.array?.compactMap { $0["field"]?.string } == fields, "\(reply.text)")
        }
    }

    @Test(
        "everything that is wrong with a new job is told at once",
        arguments: [
            (
                ["operation": "REMOVE", "target": "a"],
                [
                    "target is \"a\", which does not match ^[A-Z][A-Z0-9_]*$",
                    "Missing description",
                ]
            ),
            (
                ["operation": "SET_STATUS", "releaseStatus": "draft", "Target": "A"],
                [
                    "Target is not a known property; known are operation, target, description, releaseStatus, "
                        + "bumpManifesto, bumpFromVersion, bumpToVersion", "Missing target",
                    "releaseStatus is \"draft\", which is none of DRAFT, PENDING_RELEASE, PENDING_DELETE",
                ]
            ),
            (
                ["operation": "BUMP", "target": "A", "bump_to_version": 2],
                [
                    "bumpToVersion must be a string, not a number", "Missing description", "Missing bumpManifesto",
                    "Missing bumpFromVersion", "target must be DATASTORE for the operation BUMP",
                ]
            ),
            (
                [
                    "operation": "BUMP", "target": "A", "description": "", "bumpFromVersion": "", "bumpToVersion": "",
                    "bumpManifesto": ["version": "1"],
                ],
                [
                    "Missing bumpManifesto.description", "Missing bumpManifesto.releaseTime",
                    "Missing bumpManifesto.languageCode", "Missing bumpManifesto.updateType",
                    "Missing bumpManifesto.dataStructureUpdates", "target must be DATASTORE for the operation BUMP",
                ]
            ),
        ] as [(JSON, [String])])
    func newJobs(job: JSON, problems: [String]) async throws {
        try await withService { client in
            let item = try await post(job, client)
            #expect(item["status"] == "FAILED")
            #expect(item["msg"]?.string == problems.joined(separator: "; "))
        }
    }

    @Test("the envelope's problems are told at once as well")
    func envelope() async throws {
        try await withService { client in
            let reply = try await client.post("/jobs", ["jobs": 1, "extra": 2])
            #expect(reply.status == 400)
            #expect(try reply.json["errors"]?.array?.map { $0["field"] } == ["extra", "jobs"])
        }
    }

    @Test("a manifest of an older user interface is taken and served in the one form")
    func olderManifest() async throws {
        let sent = #"""
            {"jobs":[{"operation":"BUMP","target":"DATASTORE","description":"","release_status":null,
            "bump_from_version":"","bump_to_version":"","bump_manifesto":{"version":"","description":"",
            "release_time":"1700000000","language_code":"","update_type":null,"data_structure_updates":[
            {"name":"A","description":"","operation":"","release_status":"PENDING_RELEASE"}]}}]}
            """#
        let expected =
            #"{"operation":"BUMP","target":"DATASTORE","description":"","bumpManifesto":{"version":"","description":"","#
            + #""releaseTime":1700000000,"languageCode":"","updateType":null,"dataStructureUpdates":[{"name":"A","#
            + #""description":"","operation":"","releaseStatus":"PENDING_RELEASE"}]},"bumpFromVersion":"","#
            + #""bumpToVersion":""}"#
        try await withService { client in
            let reply = try await client.send(.post, "/jobs", Array(sent.utf8))
            let id = try #require(try reply.json.array?.first?["job_id"]?.string, "\(reply.text)")
            #expect(try await client.job(id)["parameters"]?.text == expected)
        }
    }

    @Test(
        "an unknown property deep in a manifest is named, and updateType must be there",
        arguments: [
            (
                #""updateType":null,"dataStructureUpdates":[{"name":"A","description":"","operation":"ADD","#
                    + #""releaseStatus":"DRAFT","release":1}]"#,
                "bumpManifesto.dataStructureUpdates[0].release is not a known property; known are name, description, "
                    + "operation, releaseStatus"
            ),
            (#""dataStructureUpdates":[]"#, "Missing bumpManifesto.updateType"),
            (#""updateType":null,"dataStructureUpdates":null"#, "Missing bumpManifesto.dataStructureUpdates"),
        ])
    func wrongManifest(rest: String, problem: String) async throws {
        let sent = #"""
            {"jobs":[{"operation":"BUMP","target":"DATASTORE","description":"d","bumpFromVersion":"1","bumpToVersion":"2",
            "bumpManifesto":{"version":"1","description":"d","releaseTime":1,"languageCode":"no",\#(rest)}}]}
            """#
        try await withService { client in
            let reply = try await client.send(.post, "/jobs", Array(sent.utf8))
            #expect(try reply.json.array?.first?["msg"]?.string == problem)
        }
    }

    @Test(
        "a body in another encoding is told so",
        arguments: [
            ("byte order mark", [0xef, 0xbb, 0xbf, 0x7b, 0x7d]), ("UTF-16", [0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
            ("UTF-16", [0xfe, 0xff, 0, 0x7b, 0, 0x7d]), ("UTF-16", [0x7b, 0, 0x7d, 0]), ("UTF-32", [0x7b, 0, 0, 0]),
        ] as [(String, [UInt8])])
    func encodings(name: String, body: [UInt8]) async throws {
        try await withService { client in
            for (method, path) in [(Method.post, "/jobs"), (.put, "/jobs/1")] {
                let reply = try await client.send(method, path, body)
                #expect(reply.status == 400)
                let message = try reply.json["message"]?.string ?? ""
                #expect(message.contains(name) && message.hasSuffix("at line 1, column 1"), "\(message)")
            }
        }
    }
}
