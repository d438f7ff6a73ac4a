import Console
import Kernel
import KernelTesting
import Testing

/// What pages do not do, or not without bound: whoever asks, and however much there is.
@Suite("Bounds of the console's pages")
struct ConsoleBoundTests {
    @Test("a bound of time that cannot be read fails no job, and is named")
    func unreadableBound() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            let page = try await client.page("/console/jobs/fail?createdBefore=yesterday", status: 400)
            #expect(page.contains("createdBefore is") && page.contains("no instant"))
            let now = Timestamp.now.description
            for (before, until, field) in [("yesterday", now, "createdBefore is"), ("", "soon", "until is")] {
                let reply = try await client.form(
                    "/console/jobs/fail",
                    ["createdBefore": before, "until": until, "count": "1", "confirmation": "1", "reason": "Wrong"])
                #expect(reply.status == 400 && reply.text.contains(field), "\(reply.status) \(reply.text)")
            }
            #expect(try await client.job(id)["status"] == "queued")
        }
    }

    @Test("nothing is counted for whoever may not fail jobs, who keeps what was filled in")
    func rightsFirst() async throws {
        try await withLogins(["watcher": [.viewer]]) { logins in
            try await withConsole(environment: logins.environment) { client in
                let form = try await client.page("/console/jobs/fail", status: 401)
                #expect(!form.contains("confirmation") && form.contains("Log in"))
                let reply = try await client.form(
                    "/console/jobs/fail",
                    [
                        "createdBefore": "yesterday", "until": "2026-01-01T00:00:00Z", "count": "7",
                        "confirmation": "7", "reason": "A long reason",
                    ])
                #expect(reply.status == 401 && reply.text.contains("A long reason"), "\(reply.text)")
            }
        }
    }

    @Test("what other routes show under the name of a job is no job")
    func ids() async throws {
        try await withConsole { client in
            for path in ["summary", "summary/fail"] { _ = try await client.page("/console/jobs/\(path)", status: 404) }
            _ = try await client.page("/console/jobs/new?from=summary", status: 404)
            let found = try await client.get("/console/find?q=summary").next(after: "/console/find")
            #expect(found == "/console/jobs?target=SUMMARY")
        }
    }

    @Test("of what a version could have in it the first two hundred are shown, and what is looked for")
    func release() async throws {
        try await withConsole { client in
            let jobs = (0..<205).map { SampleJob.add("SET_\(1000 + $0)") }
            let reply = try await client.post("/jobs", ["jobs": .array(jobs)])
            for job in try reply.json.array ?? [] {
                try await client.update(try #require(job["job_id"]?.string), to: "completed")
            }
            let page = try await client.page("/console/release")
            #expect(page.count(of: "name=\"in\"") == 200)
            #expect(page.contains("The first 200 of 205 pending"))
            let narrow = try await client.page("/console/release?q=set_1204")
            #expect(narrow.count(of: "name=\"in\"") == 1 && narrow.field("q") == "set_1204")
            #expect(try await client.page("/console/release?q=NOBODY").contains("Nothing is pending whose name"))
        }
        try await withLogins([:]) { logins in
            try await withConsole(environment: logins.environment) { client in
                let page = try await client.page("/console/release", status: 401)
                #expect(!page.contains("Nothing is pending") && page.contains("Unauthorized"))
            }
        }
    }

    @Test("a slash behind the first page's address leads to it")
    func slash() async throws {
        try await withConsole { client in
            // Relative, so that it holds under a prefix.
            for (target, location) in [
                ("/console/", "../console"), ("/console/?done=paused", "../console?done=paused"),
            ] {
                let reply = try await client.get(target)
                #expect(reply.status == 303 && reply.headers["Location"] == location, "\(reply.text)")
            }
            _ = try await client.page("/console/jobs/", status: 404)
        }
    }

    @Test("a long log is not shown a second time as JSON")
    func longJSON() async throws {
        try await withConsole { client in
            let id = try await client.create(SampleJob.add("A_SET"))[0]
            let line = String(repeating: "0123456789", count: 4_000)
            for _ in 0..<2 { _ = try await client.put("/jobs/\(id)", ["log": .string(line)]) }
            let page = try await client.page("/console/jobs/\(id)?log=all")
            #expect(page.count(of: line) == 2 && page.contains("all of it for programs"))
            let short = try await client.create(SampleJob.add("B_SET"))[0]
            _ = try await client.put("/jobs/\(short)", ["log": "only this"])
            #expect(try await client.page("/console/jobs/\(short)").count(of: "only this") == 2)
        }
    }

    @Test("of many that run the first are shown, how many there are, and where")
    func running() async throws {
        try await withConsole { client in
            for number in 0..<27 {
                let id = try await client.create(SampleJob.add("SET_\(number)"))[0]
                try await client.update(id, to: "initiated")
            }
            for path in ["/console", "/console/maintenance"] {
                let page = try await client.page(path)
                #expect(page.contains("25 of 27 that are "), "\(path)")
                #expect(page.contains("status=initiated\">Show all"), "\(path)")
            }
        }
    }
}
