import Console
import Kernel
import KernelTesting
import Testing

@Suite("Hostile texts on the console")
struct ConsoleHostilityTests {
    private static let text =
        "<script>alert(1)</script><img src=x onerror=\"alert(2)\">'\"></textarea></title>&amp;\u{202E}"

    /// Nothing of it is markup: the text's tags stand nowhere unescaped.
    private func check(_ page: String, _ place: String) {
        for part in ["<script>alert", "<img src=x", "\"alert(2)\"", "'\"></textarea>"] {
            #expect(!page.contains(part), "\(place) has \(part)")
        }
    }

    @Test("in every field of a job, on every page that shows it")
    func jobs() async throws {
        let text = Self.text
        try await withConsole { client in
            var bump = try #require(SampleJob.bump(["A_SET": "PENDING_RELEASE"]).object)
            for name in ["description", "bumpFromVersion", "bumpToVersion"] { bump[name] = .string(text) }
            var manifest = try #require(bump["bumpManifesto"]?.object)
            for name in ["version", "description", "updateType"] { manifest[name] = .string(text) }
            manifest["dataStructureUpdates"] = [
                ["name": "A_SET", "description": .string(text), "operation": .string(text), "releaseStatus": "DRAFT"]
            ]
            bump["bumpManifesto"] = .object(manifest)
            let add: JSON = ["operation": "ADD", "target": "A_SET", "description": .string(text)]
            let ids = try await client.create(.object(bump), add)
            for id in ids {
                let update: JSON = ["status": "importing", "log": .string(text)]
                #expect(try await client.put("/jobs/\(id)", update).status == 200)
            }
            _ = try await client.post("/maintenance-status", ["msg": .string(text), "paused": true])
            let paths =
                ["/console", "/console/jobs", "/console/targets", "/console/maintenance", "/console/targets/DATASTORE"]
                + ids.flatMap { ["/console/jobs/\($0)", "/console/jobs/new?from=\($0)", "/console/jobs/\($0)/fail"] }
            for path in paths { check(try await client.page(path), path) }
            #expect(try await client.page("/console/jobs/\(ids[0])").contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            for id in ids { try await client.update(id, to: "completed") }
            check(try await client.page("/console/release"), "release")
            check(try await client.page("/console/targets"), "targets")
        }
    }

    @Test("in addresses and in forms that come back")
    func requests() async throws {
        let encoded = PercentEncoding.encode(Self.text)
        try await withConsole { client in
            let paths = [
                "/console/jobs?status=\(encoded)", "/console/jobs?target=\(encoded)&createdBy=\(encoded)",
                "/console/jobs?createdAfter=\(encoded)", "/console/jobs?after=\(encoded)", "/console/jobs/\(encoded)",
                "/console/jobs/new?target=\(encoded)&operation=\(encoded)&description=\(encoded)",
                "/console/jobs/new?from=\(encoded)", "/console/jobs/fail?target=\(encoded)",
                "/console/targets?q=\(encoded)", "/console/targets/\(encoded)", "/console/datasets/\(encoded)/delete",
                "/console/panels/\(encoded)", "/console?done=\(encoded)&count=\(encoded)", "/console/\(encoded)",
            ]
            for path in paths {
                let reply = try await client.get(path)
                #expect(reply.status < 500, "\(path): \(reply.text)")
                check(reply.text, path)
            }
            let found = try await client.get("/console/find?q=\(encoded)")
            #expect(found.headers["Location"]?.contains("<") == false)
            let forms: [(String, KeyValuePairs<String, String>)] = [
                ("/console/jobs/new", ["target": Self.text, "description": Self.text, "bumpManifesto": Self.text]),
                ("/console/jobs/fail", ["target": Self.text, "reason": Self.text, "count": Self.text]),
                ("/console/maintenance", ["message": Self.text, "seen": Self.text]),
                ("/console/release", ["description": Self.text, "in": Self.text, "to": Self.text]),
                ("/console/datasets/\(encoded)/delete", [:]), ("/console/login", ["key": Self.text]),
                ("/console/system", ["level": Self.text]),
            ]
            for (target, fields) in forms {
                let reply = try await client.form(target, fields)
                #expect(reply.status >= 400 && reply.status < 500, "\(target): \(reply.status) \(reply.text)")
                check(reply.text, target)
            }
            let malformed = try await client.send(.post, "/console/login", Array("key=%zz".utf8))
            #expect(malformed.status == 400)
        }
    }
}
