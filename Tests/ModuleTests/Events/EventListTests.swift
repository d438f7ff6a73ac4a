import Events
import Jobs
import Kernel
import KernelTesting
import Maintenance
import StorageSQLite
import Testing

@Suite("Events")
struct EventListTests {
    @Test("tell of each change of a job, with what it has become, what it was, who did it and by which request")
    func ofJobs() async throws {
        try await withEvents { client in
            let id = try await client.newJob("A")
            _ = try await client.put("/jobs/\(id)", ["log": "a line"])
            _ = try await client.put("/jobs/\(id)", ["status": "initiated"], headers: ["X-Request-ID": "mine"])
            _ = try await client.put("/jobs/\(id)", ["status": "completed", "description": "done"])
            let events = try await client.events().events
            #expect(
                events.map(\.type) == [
                    "job-service.job.created", "job-service.job.updated", "job-service.job.updated",
                    "job-service.job.finished",
                ])
            #expect(events.map(\.sequence) == [1, 2, 3, 4])
            for event in events {
                #expect(event["specversion"] == "1.0")
                #expect(event["source"]?.string?.hasPrefix("/job-service/") == true)
                #expect(event["subject"]?.string == id)
                #expect(event["datacontenttype"] == "application/json")
                #expect(event["time"]?.string.flatMap { Timestamp($0) } != nil)
                #expect(event["data"]?["actor"]?["kind"] == "anonymous")
                #expect(event["data"]?["job"]?["jobId"]?.string == id)
            }
            let data = events.map { $0["data"] ?? .null }
            #expect(data.map { $0["previousStatus"]?.string } == [nil, nil, "queued", "initiated"])
            #expect(data.map { $0["job"]?["status"]?.string } == ["queued", "queued", "initiated", "completed"])
            #expect(data[1]["job"]?["log"]?.array?.last?["message"] == "a line")
            #expect(data[2]["requestId"] == "mine")
            let finished = try await client.job(id)
            #expect(data[3]["job"]?["parameters"] == finished["parameters"])
            #expect(data[3]["job"]?["createdBy"] == finished["createdBy"])
        }
    }

    @Test("tell of maintenance, and nothing of what was refused or rolled back")
    func others() async throws {
        try await withEvents { client in
            _ = try await client.newJob("A")
            _ = try await client.refusedJob("A")
            _ = try await client.put("/jobs/none", ["status": "failed"])
            _ = try await client.post("/maintenance-status", ["msg": "soon", "paused": true])
            let events = try await client.events().events
            #expect(events.map(\.type) == ["job-service.job.created", "job-service.maintenance.changed"])
            #expect(events[1]["data"]?["status"]?["paused"] == true)
            #expect(events[1]["subject"] == "maintenance-status")
        }
    }

    @Test("of many jobs at once, and of many writers at once, have numbers without gaps")
    func writers() async throws {
        try await withEvents(transport: .liveSocket) { client in
            try await withThrowingTaskGroup { group in
                for writer in 0..<8 {
                    group.addTask {
                        for turn in 0..<10 {
                            let jobs = (0..<3).map { SampleJob.add("W\(writer)_\(turn)_\($0)") }
                            let reply = try await client.post("/jobs", ["jobs": .array(jobs)])
                            #expect(reply.status == 200)
                            let id = try reply.json.array?.first?["job_id"]?.string ?? ""
                            #expect(try await client.put("/jobs/\(id)", ["status": "failed"]).status == 200)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let events = try await client.events("limit=1000").events
            #expect(events.map(\.sequence) == Array(1...320))
            #expect(Set(events.map(\.id)).count == 320)
        }
    }

    @Test("can be read on from each of their cursors, in pages of any size")
    func cursors() async throws {
        try await withEvents { client in
            for n in 0..<12 { _ = try await client.newJob("T\(n)") }
            let all = try await client.events().events.map(\.id)
            for (index, id) in all.enumerated() {
                let rest = try await client.events("after=\(id)")
                #expect(rest.events.map(\.id) == Array(all[(index + 1)...]))
                #expect(rest.next == all.last)
            }
            for size in 1...12 {
                var (seen, cursor): ([String], String) = ([], "start")
                while true {
                    let page = try await client.events("after=\(cursor)&limit=\(size)")
                    if page.events.isEmpty { break }
                    #expect(page.events.count <= size)
                    seen += page.events.map(\.id)
                    cursor = page.next
                }
                #expect(seen == all)
            }
        }
    }

    @Test("of a register without any, the cursor 'now' leads on to the first")
    func empty() async throws {
        try await withEvents { client in
            let now = try await client.events("after=now")
            #expect(now.events.isEmpty)
            _ = try await client.newJob("A")
            #expect(try await client.events("after=\(now.next)").events.map(\.sequence) == [1])
            let later = try await client.events("after=now").next
            _ = try await client.newJob("B")
            #expect(try await client.events("after=\(later)").events.map(\.sequence) == [2])
        }
    }

    @Test("can be chosen by type, with or without the prefix, and by subject; the cursor moves on all the same")
    func filters() async throws {
        try await withEvents { client in
            let a = try await client.newJob("A")
            let b = try await client.newJob("B")
            _ = try await client.put("/jobs/\(a)", ["status": "failed"])
            let short = try await client.events("type=job.finished")
            #expect(short.events.map(\.sequence) == [3])
            let long = try await client.events("type=job-service.job.created,job.updated&limit=1")
            #expect(long.events.map(\.sequence) == [1])
            #expect(try await client.events("subject=\(b)").events.map(\.sequence) == [2])
            let none = try await client.events("type=maintenance.changed")
            #expect(none.events.isEmpty)
            #expect(none.next == short.events.last?.id)
        }
    }

    @Test("come as a batch, too, and the link leads on")
    func batch() async throws {
        try await withEvents(transport: .liveSocket) { client in
            _ = try await client.newJob("A")
            let reply = try await client.get(
                "/events", headers: ["Accept": "text/html;q=0.1, application/cloudevents-batch+json"])
            #expect(reply.headers["Content-Type"] == "application/cloudevents-batch+json")
            let events = try #require(try reply.json.array)
            #expect(events.map(\.sequence) == [1])
            #expect(reply.headers["Link"] == "<?after=\(events[0].id)>; rel=\"next\"")
            #expect(try await client.get("/events", headers: ["Accept": "image/png"]).status == 406)
            let browser = ["Accept": "text/html,application/xhtml+xml,*/*;q=0.8"]
            #expect(try await client.get("/events", headers: browser).headers["Content-Type"] == "application/json")
        }
    }

    @Test(
        "are refused for what is no cursor, no type, no number",
        arguments: [
            ("after=x", "events.cursor-invalid"), ("after=", "events.query-invalid"),
            ("after=00000000000000000001-ABCDEF012345", "events.cursor-invalid"),
            ("after=+0000000000000000001-abcdef012345", "events.cursor-invalid"),
            ("after=99999999999999999999-abcdef012345", "events.cursor-invalid"),
            ("after=now&after=now", "events.query-invalid"), ("type=nothing", "events.query-invalid"),
            ("type=job.created,", "events.query-invalid"), ("limit=0", "events.query-invalid"),
            ("limit=1001", "events.query-invalid"), ("limit=x", "events.query-invalid"),
            ("wait=26", "events.query-invalid"), ("wait=-1", "events.query-invalid"),
            ("subject=", "events.query-invalid"),
        ])
    func refusals(query: String, code: String) async throws {
        try await withEvents { client in
            let reply = try await client.get("/events?\(query)")
            #expect(reply.status == 400)
            #expect(try reply.json["code"]?.string == code)
        }
    }

    @Test("are not there, nor is anything of them, where the module is off")
    func off() async throws {
        let database = try TemporaryDatabase()
        try await database.withService([JobsModule.self, MaintenanceModule.self, EventsModule.self]) { client in
            _ = try await client.newJob("A")
            #expect(try await client.get("/events").status == 404)
            #expect(try await client.get("/asyncapi.json").status == 404)
        }
        try await withEvents(on: database) { client in
            let events = try await client.events().events
            #expect(events.isEmpty)
        }
    }

    @Test("that are waited for come as soon as they are there, or not at all")
    func waiting() async throws {
        try await withEvents(transport: .liveSocket) { client in
            let now = try await client.events("after=now").next
            async let waited = client.events("after=\(now)&wait=25")
            _ = try await client.newJob("A")
            let found = try await waited.events
            #expect(found.map(\.sequence) == [1])
            let later = try await client.events("after=now").next
            let started = ContinuousClock.now
            #expect(try await client.events("after=\(later)&wait=1").events.isEmpty)
            #expect(ContinuousClock.now - started >= .seconds(1))
        }
    }

    @Test("that are waited for are looked for behind others first, however few are wanted")
    func backlog() async throws {
        try await withEvents { client in
            for n in 0..<30 { _ = try await client.newJob("T\(n)") }
            _ = try await client.post("/maintenance-status", ["msg": "x", "paused": true])
            for query in ["", "&wait=25"] {
                let (found, next) = try await client.events("after=start&type=maintenance.changed&limit=1\(query)")
                #expect(found.map(\.sequence) == [31])
                #expect(found.first?.id == next)
            }
            let (first, next) = try await client.events("after=start&limit=7")
            #expect(first.map(\.sequence) == Array(1...7) && first.last?.id == next)
        }
    }
}

extension TestClient {
    /// Posts a job whose target is taken.
    fileprivate func refusedJob(_ target: String) async throws {
        let reply = try await post("/jobs", ["jobs": [SampleJob.add(target)]])
        #expect(try reply.json.array?.first?["status"] == "FAILED")
    }
}
