import Kernel
import KernelTesting
import Maintenance
import Testing

@Suite("Maintenance")
struct MaintenanceTests {
    private func withService(_ body: (TestClient) async throws -> Void) async throws {
        try await TemporaryDatabase().withService([MaintenanceModule.self], body)
    }

    @Test("a fresh stack is not paused")
    func initial() async throws {
        try await withService { client in
            let status = try await client.get("/maintenance-status").json
            #expect(status.object?.members.map(\.name) == ["msg", "paused", "timestamp"])
            #expect(status["msg"] == "Initial status inserted by job service at startup.")
            #expect(status["paused"] == false)
            let history = try await client.list("/maintenance-history")
            #expect(history == [status])
        }
    }

    @Test("what is posted is answered, in force, and first in the history")
    func post() async throws {
        try await withService { client in
            let first = try await client.post("/maintenance-status", ["msg": "We need to upgrade", "paused": true])
            #expect(first.status == 200)
            let status = try first.json
            #expect(status.object?.members.map(\.name) == ["msg", "paused", "timestamp"])
            #expect(status["msg"] == "We need to upgrade")
            #expect(status["paused"] == true)
            let latest = try await client.get("/maintenance-status").json
            #expect(latest == status)

            let second = try await client.post("/maintenance-status", ["msg": "Done", "paused": false]).json
            let history = try await client.list("/maintenance-history")
            #expect(history.prefix(2) == [second, status])
            #expect(history.count == 3)
        }
    }

    @Test("newer executors ask at other paths for the same")
    func aliases() async throws {
        try await withService { client in
            _ = try await client.post("/maintenance-statuses", ["msg": "Up", "paused": true])
            for (path, alias) in [
                ("/maintenance-status", "/maintenance-statuses/latest"),
                ("/maintenance-history", "/maintenance-statuses"),
            ] {
                let (reply, other) = (try await client.get(path), try await client.get(alias))
                #expect(reply.text == other.text)
                #expect(other.status == 200)
            }
        }
    }

    @Test(
        "the flag is written in several ways",
        arguments: [
            ("paused", true, true), ("paused", false, false), ("pause", true, true), ("pause", 1, true),
            ("paused", 0, false), ("pause", "true", true), ("paused", "false", false), ("pause", .number(1), true),
            ("paused", "True", true), ("paused", "NO", false), ("pause", "y", true), ("paused", "0", false),
        ] as [(String, JSON, Bool)])
    func forms(name: String, value: JSON, isPaused: Bool) async throws {
        try await withService { client in
            let body: JSON = .object(["msg": "m", name: value])
            let reply = try await client.post("/maintenance-status", body)
            #expect(reply.status == 200)
            #expect(try reply.json["paused"] == .bool(isPaused))
        }
    }

    @Test(
        "what is missing or wrong is named",
        arguments: [
            ([:], ["msg", "paused"]),
            (["msg": "m"], ["paused"]),
            (["paused": true], ["msg"]),
            (["msg": .null, "paused": .null], ["msg", "paused"]),
            (["msg": 1, "paused": 2], ["msg", "paused"]),
            (["msg": "m", "paused": "yep"], ["paused"]),
            (["msg": "m", "paused": "2"], ["paused"]),
            (["msg": "m", "paused": ""], ["paused"]),
            (["msg": "m", "paused": []], ["paused"]),
            (["msg": "m", "paused": true, "pause": false], ["paused"]),
            (["msg": "m", "paused": true, "other": 1], ["other"]),
            (["msg": .string(String(repeating: "m", count: 4097)), "paused": true], ["msg"]),
            ([], [""]),
            ("text", [""]),
            (.null, [""]),
        ] as [(JSON, [String])])
    func wrong(body: JSON, fields: [String]) async throws {
        try await withService { client in
            let reply = try await client.post("/maintenance-status", body)
            #expect(reply.status == 400)
            let problems = try reply.json["errors"]?.array?.map { $0["field"]?.string }
            #expect(problems == fields)
            let history = try await client.list("/maintenance-history")
            #expect(history.count == 1)
        }
    }

    @Test("a message of the greatest length comes back whole")
    func longMessage() async throws {
        try await withService { client in
            let message: JSON = .string(String(repeating: "\u{1F6A7}", count: 4096))
            _ = try await client.post("/maintenance-status", ["msg": message, "paused": true])
            let latest = try await client.get("/maintenance-status").json
            #expect(latest["msg"] == message)
        }
    }

    @Test("a long history is whole and the latest comes first", arguments: TestClient.Transport.allCases)
    func longHistory(transport: TestClient.Transport) async throws {
        let database = try TemporaryDatabase()
        let message: JSON = .string(String(repeating: "m", count: 400))
        try await database.withService([MaintenanceModule.self], transport: transport) { client in
            for number in 0..<500 {
                _ = try await client.post("/maintenance-status", ["msg": message, "paused": .bool(number % 2 == 0)])
            }
            let history = try await client.list("/maintenance-history")
            #expect(history.count == 501)
            #expect(history.last?["msg"] == "Initial status inserted by job service at startup.")
            let instants = history.compactMap { $0["timestamp"]?.string }
            #expect(instants == instants.sorted(by: >))
        }
    }

    @Test("the latest of concurrent posts is in force and first")
    func concurrent() async throws {
        try await withService { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        _ = try await client.post(
                            "/maintenance-status", ["msg": .string("\(number)"), "paused": .bool(number % 2 == 0)])
                    }
                }
                try await group.waitForAll()
            }
            let (latest, history) = (
                try await client.get("/maintenance-status").json, try await client.list("/maintenance-history")
            )
            #expect(history.first == latest)
            #expect(history.count == 101)
        }
    }
}

extension JSON {
    fileprivate static func object(_ members: [String: JSON]) -> JSON {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return .object(object)
    }
}
