import Console
import Kernel
import KernelTesting
import Testing

@Suite("What the console shows")
struct ConsoleViewTests {
    private static let paths = [
        "/console", "/console/jobs", "/console/jobs/new", "/console/jobs/fail", "/console/targets", "/console/datasets",
        "/console/release", "/console/maintenance", "/console/system", "/console/login",
    ]

    @Test("each page is whole, may load nothing from elsewhere, and runs nothing that stands in it", arguments: paths)
    func policy(path: String) async throws {
        try await withConsole { client in
            let reply = try await client.get(path)
            #expect(reply.status == 200)
            #expect(reply.text.hasPrefix("<!doctype html>") && reply.text.hasSuffix("</html>\n"))
            #expect(
                reply.headers["Content-Security-Policy"]
                    == "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
            // Without one a form that is sent would not say which page it comes from.
            #expect(reply.headers["Referrer-Policy"] == "same-origin")
            #expect(!reply.text.contains(" style=") && !reply.text.contains("<style"))
            #expect(reply.text.count(of: "<script") == 1 && !reply.text.contains("javascript:"))
            // Whatever prefix a proxy puts before it: no link begins with a slash, and none names a host.
            for name in ["href", "src", "action", "data-live"] {
                #expect(!reply.text.contains("\(name)=\"/"))
                #expect(!reply.text.contains("\(name)=\"http"))
            }
        }
    }

    @Test("a stack has none unless it is enabled")
    func off() async throws {
        try await withConsole(configuration: "console: {enabled: false}") { client in
            let reply = try await client.get("/console")
            #expect(reply.status == 404)
        }
    }

    @Test("a page shows what there is to do where there is nothing yet")
    func empty() async throws {
        try await withConsole { client in
            let now = try await client.page("/console")
            #expect(now.contains("Nothing is queued and nothing runs.") && now.contains("No job has failed yet."))
            let jobs = try await client.page("/console/jobs")
            #expect(jobs.contains("There are no jobs yet.") && jobs.contains("Queue the first one"))
            let datasets = try await client.page("/console/datasets")
            #expect(datasets.contains("put NAME.tar there"))
            let release = try await client.page("/console/release")
            #expect(release.contains("Nothing is pending"))
        }
    }

    @Test("the first page counts, names what waits longest and what runs, and tells of failures with their last line")
    func now() async throws {
        try await withConsole { client in
            let ids = try await client.create(SampleJob.add("WAITS"), SampleJob.add("RUNS"), SampleJob.add("FAILS"))
            try await client.update(ids[1], to: "importing")
            let failed: JSON = ["status": "failed", "log": "Traceback\nValueError: of the fifth row\n"]
            _ = try await client.put("/jobs/\(ids[2])", failed)
            let page = try await client.page("/console")
            #expect(page.contains("<span class=\"figure\">1</span><span class=\"status waiting\">queued</span>"))
            #expect(page.contains("The oldest queued job, <a href=\"console/jobs/\(ids[0])\">"))
            #expect(page.contains("id=\"job-\(ids[1])\""))
            #expect(page.contains("<bdi title=\"ValueError: of the fifth row\">"))
            #expect(page.contains("Not paused: executors may start jobs at any time."))

            _ = try await client.post("/maintenance-status", ["msg": "An upgrade", "paused": true])
            let paused = try await client.page("/console")
            #expect(paused.contains("An upgrade") && paused.contains("One job still runs."))
            try await client.update(ids[1], to: "completed")
            // The counts of a second ago may be shown.
            try await Patience.until { try await client.page("/console").contains("Paused, and nothing runs.") }
        }
    }

    @Test("jobs are listed newest first, filtered by the address, and page by page")
    func jobs() async throws {
        try await withConsole { client in
            let names = (100..<160).map { "SET_\($0)" }
            for name in names { _ = try await client.create(SampleJob.add(name)) }
            let first = try await client.page("/console/jobs")
            #expect(first.count(of: "data-row") == 50)
            let newest = try #require(first.firstRange(of: "SET_159")?.lowerBound)
            let older = try #require(first.firstRange(of: "SET_158")?.lowerBound)
            #expect(newest < older)
            let link = try #require(first.firstRange(of: "jobs?after=")?.upperBound)
            let cursor = first[link...].prefix { $0 != "\"" }
            let second = try await client.page("/console/jobs?after=\(cursor)")
            #expect(second.count(of: "data-row") == 10 && second.contains("SET_100") && !second.contains("Older"))

            let one = try await client.page("/console/jobs?status=&target=SET_120&operation=")
            #expect(one.count(of: "data-row") == 1)
            let none = try await client.page("/console/jobs?createdBefore=2020-01-01")
            #expect(none.contains("No job matches.") && none.contains("Show all jobs"))
            let wrong = try await client.page("/console/jobs?status=lost", status: 400)
            #expect(wrong.contains("role=\"alert\"") && wrong.contains("status"))
        }
    }

    @Test("a job tells what it has gone through, its log with line breaks, and its manifest as a table")
    func job() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.bump(["RELEASED_SET": "PENDING_RELEASE"]))[0]
            try await client.update(id, to: "initiated")
            _ = try await client.put("/jobs/\(id)", ["log": "first\n  second"])
            try await client.update(id, to: "completed")
            let page = try await client.page("/console/jobs/\(id)")
            let timeline = try #require(page.firstRange(of: "class=\"timeline\"")?.lowerBound)
            let words = ["queued", "initiated", "completed"].compactMap { word in
                page[timeline...].firstRange(of: ">\(word)</span>")?.lowerBound
            }
            #expect(words.count == 3 && words == words.sorted())
            #expect(page.contains("first\n  second"))
            #expect(page.contains("RELEASED_SET") && page.contains("PENDING_RELEASE"))
            #expect(page.contains("2023-11-14 22:13:20 UTC"))
            #expect(!page.contains("data-live=") && page.contains("Resubmit"))
            let gone = try await client.page("/console/jobs/unknown", status: 404)
            #expect(gone.contains("No job found for jobId: unknown"))
        }
    }

    @Test("of a log with thousands of lines the last ones are shown, and all on demand")
    func longLog() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.add("TALKS"))[0]
            for n in 0..<1005 { _ = try await client.put("/jobs/\(id)", ["log": .string("line \(n)")]) }
            let page = try await client.page("/console/jobs/\(id)")
            #expect(page.contains("The last 1000 of 1005 lines.") && page.contains(">line 1004<"))
            #expect(page.contains("start=\"6\""))
            let all = try await client.page("/console/jobs/\(id)?log=all")
            #expect(all.contains(">line 0<"))
        }
    }

    @Test("a target tells what blocks it, and its history")
    func target() async throws {
        try await withConsole { client in
            let first = try await client.create(SampleJob.add("A_SET"))[0]
            try await client.update(first, to: "completed")
            let second = try await client.create(SampleJob.add("A_SET"))[0]
            let list = try await client.page("/console/targets?q=a_s")
            #expect(list.contains("blocks other jobs of it"))
            let page = try await client.page("/console/targets/A_SET")
            #expect(page.contains("Blocked by") && page.contains("id=\"job-\(first)\"") && page.contains(second))
            #expect(try await client.page("/console/targets?q=OTHER").contains("No target has a name with that in it."))
        }
    }

    @Test("datasets are told with what they hold, what was left out with the reason")
    func datasets() async throws {
        let folder = try InputFolder()
        try await folder.make("gnu:READY_SET")
        try await folder.shell("echo nonsense >BROKEN_SET.tar; touch 'small.tar'")
        try await withConsole(
            folder, environment: InputFolder.settling(for: "0s")
        ) { client in
            let page = try await client.page("/console/datasets")
            #expect(page.contains("READY_SET") && page.contains("metadata and data"))
            #expect(page.contains("BROKEN_SET.tar") && page.contains("no dataset can have this name"))
            #expect(page.contains("new?operation=ADD&amp;target=READY_SET"))
        }
    }

    @Test("the system's page has health, routes and the configuration, no secret in it")
    func system() async throws {
        try await withLogins(["boss": [.operator]]) { logins in
            try await withConsole(environment: logins.environment) { client in
                let page = try await client.page("/console/system", headers: logins.administrator())
                #expect(page.contains("modules.console.followers") && page.contains("built-in default"))
                #expect(page.contains("/console/jobs/{jobId}") && page.contains("storage"))
                #expect(!page.contains("a key for tests of boss"))
                let nobody = try await client.page("/console/system")
                #expect(!nobody.contains("modules.console.followers") && !nobody.contains("Set the level"))
            }
        }
    }

    @Test("what is looked for is found by its id or its target")
    func find() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            let byID = try await client.get("/console/find?q=%20\(id)%20")
            #expect(try byID.next(after: "/console/find") == "/console/jobs/\(id)")
            let byTarget = try await client.get("/console/find?q=a_set")
            #expect(try byTarget.next(after: "/console/find") == "/console/jobs?target=A_SET")
            #expect(try await client.page("/console/nothing/at/all", status: 404).contains("Nothing here"))
        }
    }

    @Test("its files are named by their content, and may be kept for ever")
    func assets() async throws {
        try await withConsole { client in
            let page = try await client.page("/console")
            let names = page.split(separator: "\"").filter { $0.hasPrefix("console/assets/") }
            #expect(names.count == 3)
            var total = 0
            for name in names {
                let reply = try await client.get("/\(name)", headers: ["Accept-Encoding": "gzip"])
                #expect(reply.status == 200)
                #expect(reply.headers["Cache-Control"] == "public, max-age=31536000, immutable")
                total += reply.bytes.count
                let tag = try #require(reply.headers["ETag"])
                let again = try await client.get(
                    "/\(name)", headers: ["If-None-Match": tag, "Accept-Encoding": "gzip"])
                #expect(again.status == 304)
            }
            #expect(total < 20_000)
            let script = try await client.get("/\(try #require(names.first { $0.hasSuffix(".js") }))").text
            let imported = script.split(separator: "\"").filter { $0.hasPrefix("./") }
            #expect(imported.count == 2)
            for name in imported {
                let reply = try await client.get("/console/assets/\(name.dropFirst(2))")
                #expect(reply.status == 200, "\(name)")
            }
        }
    }
}
