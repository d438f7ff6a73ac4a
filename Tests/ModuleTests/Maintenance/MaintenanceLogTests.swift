import Kernel
import KernelTesting
import Maintenance
import Testing

@Suite("The log of maintenance", .timeLimit(.minutes(10)))
struct MaintenanceLogTests {
    private func lines(of log: LogRecorder) -> [LogEntry] {
        log.entries.filter { $0.access?.method == .get && $0.level >= .info }
    }

    @Test("polls leave no line unless paused", arguments: ["/maintenance-status", "/maintenance-statuses/latest"])
    func polls(path: String) async throws {
        let log = LogRecorder()
        try await TemporaryDatabase().withService(
            [MaintenanceModule.self], transport: .liveSocket, log: log
        ) { client in
            for _ in 0..<3 { _ = try await client.get(path) }
            // Once a later line is there, those of the polls before it would be, too.
            _ = try await client.post("/maintenance-status", ["msg": "m", "paused": true])
            _ = try await log.entry { $0.access?.method == .post }
            #expect(lines(of: log).isEmpty)

            _ = try await client.get(path)
            let line = try await log.entry { $0.access?.method == .get && $0.level == .info }
            #expect(line.access?.url == path)

            _ = try await client.post("/maintenance-status", ["msg": "m", "paused": false])
            _ = try await client.get(path)
            _ = try await client.get("/nowhere")
            _ = try await log.entry { $0.access?.url == "/nowhere" }
            #expect(lines(of: log).filter { $0.access?.url == path }.count == 1)
        }
    }

    @Test("a change of the flag is told once")
    func changes() async throws {
        let log = LogRecorder()
        try await TemporaryDatabase().withService([MaintenanceModule.self], log: log) { client in
            for isPaused in [false, true, true, false] {
                _ = try await client.post("/maintenance-status", ["msg": "a \"reason\"", "paused": .bool(isPaused)])
            }
        }
        let told = log.entries.filter { $0.logger == "maintenance" && $0.level >= .info }.map(\.message)
        #expect(
            told == [
                #"paused, so that no new jobs are started: "a \"reason\"""#, #"no longer paused: "a \"reason\"""#,
            ])
    }
}
