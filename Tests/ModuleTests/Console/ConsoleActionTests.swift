import Console
import Kernel
import KernelTesting
import Testing

@Suite("What can be done on the console without a script")
struct ConsoleActionTests {
    @Test("a new job is posted once, however often its form is sent")
    func newJob() async throws {
        try await withConsole { client in
            let form = try await client.page("/console/jobs/new?operation=CHANGE&target=A_SET")
            #expect(form.contains("<option value=\"CHANGE\" selected=\"\">") && form.contains("value=\"A_SET\""))
            let key = try #require(form.field("key"))
            var seen: Set<String> = []
            for _ in 0..<2 {
                let reply = try await client.form(
                    "/console/jobs/new",
                    ["key": key, "operation": "CHANGE", "target": "A_SET", "description": "Ny\r\nutgave", "from": ""])
                seen.insert(try reply.next(after: "/console/jobs/new"))
            }
            #expect(seen.count == 1)
            let jobs = try await client.list("/jobs")
            #expect(jobs.count == 1)
            #expect(jobs.first?["parameters"]?["description"] == "Ny\nutgave")
            let page = try await client.page(try #require(seen.first))
            #expect(page.contains("The job is queued."))
        }
    }

    @Test("what is wrong with a job is told on its form, which keeps what was filled in")
    func wrongJob() async throws {
        try await withConsole { client in
            let reply = try await client.form(
                "/console/jobs/new", ["key": "k", "operation": "REMOVE", "target": "lower", "description": ""])
            #expect(reply.status == 422)
            #expect(reply.text.contains("role=\"alert\"") && reply.text.contains("Missing description"))
            #expect(reply.text.contains("value=\"lower\"") && reply.text.field("key") != "k")
            let manifest = try await client.form(
                "/console/jobs/new", ["operation": "ADD", "target": "A", "bumpManifesto": "{\"a\": }"])
            #expect(manifest.status == 400 && manifest.text.contains("The manifest is no JSON"))
            #expect(try await client.list("/jobs").isEmpty)
        }
    }

    @Test("a job is resubmitted with other parameters")
    func resubmit() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.bump(["A_SET": "PENDING_RELEASE"]))[0]
            try await client.update(id, to: "failed")
            let form = try await client.page("/console/jobs/new?from=\(id)")
            #expect(form.contains("value=\"1.1.0\"") && form.contains("dataStructureUpdates"))
            let manifest = try #require(try await client.job(id)["parameters"]?["bumpManifesto"]?.text)
            let reply = try await client.form(
                "/console/jobs/new",
                [
                    "key": try #require(form.field("key")), "from": id, "operation": "BUMP", "target": "DATASTORE",
                    "description": "Once more", "bumpFromVersion": "1.0.0", "bumpToVersion": "1.2.0",
                    "bumpManifesto": manifest,
                ])
            let next = try reply.next(after: "/console/jobs/new")
            let new = try await client.job(String(next.split(separator: "/")[2].prefix { $0 != "?" }))
            #expect(new["parameters"]?["bumpToVersion"] == "1.2.0")
            let sent = new["parameters"]?["bumpManifesto"]?.text
            #expect(sent == manifest)
        }
    }

    @Test("a job is failed with a reason; one that has ended meanwhile tells what it is now")
    func fail() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            let without = try await client.form("/console/jobs/\(id)/fail", ["reason": " \n"])
            #expect(without.status == 400 && without.text.contains("Say why"))
            #expect(try await client.job(id)["status"] == "queued")
            for _ in 0..<2 {
                let reply = try await client.form("/console/jobs/\(id)/fail", ["reason": "Sitter\nfast"])
                #expect(try reply.next(after: "/console/jobs/\(id)/fail") == "/console/jobs/\(id)?done=failed")
            }
            let job = try await client.job(id)
            #expect(job["status"] == "failed")
            #expect(job["log"]?.array?.map { $0["message"] } == ["Set status: failed", "Sitter\nfast"])

            let other = try await client.create(SampleJob.add("B_SET"))[0]
            try await client.update(other, to: "completed")
            let late = try await client.form("/console/jobs/\(other)/fail", ["reason": "Too late"])
            #expect(late.status == 409)
            #expect(late.text.contains("It has come to its end meanwhile") && late.text.contains(">completed</span>"))
        }
    }

    @Test("all jobs of a list are failed once their number is typed, and no others")
    func failAll() async throws {
        try await withConsole { client in
            for n in 0..<40 { _ = try await client.create(SampleJob.add("SET_\(n)")) }
            let kept = try await client.create(["operation": "CHANGE", "target": "KEPT"])[0]
            let form = try await client.page("/console/jobs/fail?operation=ADD")
            #expect(form.contains("<strong>40 jobs</strong>") && form.field("count") == "40")
            let until = try #require(form.field("until"))
            func send(_ count: String, _ confirmation: String, _ reason: String = "Wrong input") async throws
                -> TestResponse
            {
                try await client.form(
                    "/console/jobs/fail",
                    [
                        "operation": "ADD", "until": until, "count": count, "confirmation": confirmation,
                        "reason": reason,
                    ])
            }
            let untyped = try await send("40", "4")
            #expect(untyped.status == 400 && untyped.text.contains("Type 40 to confirm"))
            let silent = try await send("40", "40", "")
            #expect(silent.status == 400 && silent.text.contains("Say why"))
            let stale = try await send("39", "39")
            #expect(stale.status == 409 && stale.text.contains("there are 40 now"))
            let later = try await client.create(SampleJob.add("LATER"))[0]
            let done = try await send("40", "40")
            let next = try done.next(after: "/console/jobs/fail")
            #expect(next == "/console/jobs?operation=ADD&done=failed-many&count=40")
            #expect(try await client.page(next).contains("40 jobs have failed, as you have said."))
            #expect(try await client.list("/jobs?status=failed").count == 40)
            for id in [kept, later] { #expect(try await client.job(id)["status"] == "queued") }
            let twice = try await send("40", "40")
            #expect(twice.text.contains("None of these is in progress"))
        }
    }

    @Test("the switch takes a message, is thrown once, and shows whoever was slower what it is now")
    func maintenance() async throws {
        try await withConsole { client in
            let first = try await client.page("/console/maintenance")
            let seen = try #require(first.field("seen"))
            let silent = try await client.form("/console/maintenance", ["seen": seen, "paused": "true", "message": ""])
            #expect(silent.status == 400 && silent.text.contains("Say why"))
            for _ in 0..<2 {
                let reply = try await client.form(
                    "/console/maintenance", ["seen": seen, "paused": "true", "message": "En oppgradering"])
                #expect(try reply.next(after: "/console/maintenance") == "/console/maintenance?done=paused")
            }
            #expect(try await client.list("/maintenance-history").count == 2)
            let slower = try await client.form(
                "/console/maintenance", ["seen": seen, "paused": "true", "message": "Another one"])
            #expect(slower.status == 409 && slower.text.contains("Somebody has changed it meanwhile"))
            #expect(slower.text.contains("En oppgradering") && slower.text.contains("value=\"Another one\""))
            #expect(try await client.list("/maintenance-history").count == 2)
        }
    }

    @Test("a dataset is deleted once; whoever comes later is told that it is gone")
    func delete() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:OLD_SET")
        try await withConsole(folder, environment: InputFolder.settling(for: "0s")) { client in
            let target = "/console/datasets/OLD_SET/delete"
            #expect(try await client.page(target).contains("will be gone from the input directory"))
            let done = try await client.form(target, [:])
            #expect(try done.next(after: target) == "/console/datasets?done=deleted")
            #expect(!folder.has("OLD_SET.tar"))
            let again = try await client.form(target, [:])
            #expect(try again.next(after: target) == "/console/datasets?done=already")
        }
    }

    @Test("a version is released from what is pending")
    func release() async throws {
        try await withConsole { client in
            for (operation, target) in [("ADD", "NEW_SET"), ("ADD", "DRAFT_SET"), ("REMOVE", "OLD_SET")] {
                let id = try await client.create(
                    ["operation": .string(operation), "target": .string(target), "description": "Inntekt"])[0]
                try await client.update(id, to: "completed")
            }
            let id = try await client.create(
                ["operation": "SET_STATUS", "target": "NEW_SET", "releaseStatus": "PENDING_RELEASE"])[0]
            try await client.update(id, to: "completed")
            let form = try await client.page("/console/release")
            #expect(form.count(of: "checked=\"\"") == 2 && form.field("status:OLD_SET") == "PENDING_DELETE")
            #expect(form.field("status:DRAFT_SET") == "DRAFT" && form.field("operation:NEW_SET") == "ADD")
            let fields: KeyValuePairs = [
                "key": try #require(form.field("key")), "time": "1700000000", "from": "1.0.0", "to": "2.0.0",
                "language": "no", "description": "Vårversjonen", "in": "NEW_SET", "status:NEW_SET": "PENDING_RELEASE",
                "operation:NEW_SET": "ADD", "description:NEW_SET": "Inntekt",
            ]
            var next: Set<String> = []
            for _ in 0..<2 {
                let reply = try await client.form("/console/release", fields)
                next.insert(try reply.next(after: "/console/release"))
            }
            #expect(next.count == 1)
            let job = try #require(try await client.list("/jobs?operation=BUMP").first)
            let manifest = try #require(job["parameters"]?["bumpManifesto"])
            #expect(manifest["releaseTime"] == 1_700_000_000 && manifest["updateType"] == .null)
            #expect(manifest["dataStructureUpdates"]?.array?.map { $0["name"] } == ["NEW_SET"])
            #expect(try await client.page("/console/release").contains("Another release is under way"))
        }
    }

    @Test("a stack that releases nothing has no page for it")
    func noRelease() async throws {
        try await withConsole(isBumpEnabled: false) { client in
            #expect(try await !client.page("/console").contains(">Release<"))
            _ = try await client.page("/console/release", status: 404)
        }
    }

    @Test("a page of another origin sends no form")
    func origin() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            let headers = ["Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"]
            let reply = try await client.form("/console/jobs/\(id)/fail", ["reason": "x"], headers: headers)
            #expect(reply.status == 403)
            #expect(try await client.job(id)["status"] == "queued")
        }
    }
}
