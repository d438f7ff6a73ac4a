import Jobs
import Kernel
import KernelTesting
import Testing

@Suite("A job's log")
struct JobLogTests {
    private static let text = String(repeating: "x", count: 1000)

    /// A service whose logs hold 64 KiB.
    private func withService(_ body: (TestClient) async throws -> Void) async throws {
        try await TemporaryDatabase().withService(
            [JobsModule.self], configuration: "modules:\n  jobs:\n    maximumLog: 64 KiB\n", body)
    }

    private func messages(_ client: TestClient, _ id: String) async throws -> [String] {
        try await client.job(id)["log"]?.array?.compactMap { $0["message"]?.string } ?? []
    }

    @Test("ends at its bound with a line that counts what was left out, and is never refused")
    func bound() async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.add("LOG"))[0]
            for _ in 0..<100 {
                #expect(try await client.put("/jobs/\(id)", ["log": .string(Self.text)]).status == 200)
            }
            let full = try await messages(client, id)
            #expect((58...64).contains(full.count - 1))
            #expect(full.last == "… \(100 - (full.count - 1)) lines left out: the log is full")
            let kept = full.dropLast()

            // Changes of the status fit, and stand before that line.
            #expect(try await client.put("/jobs/\(id)", ["status": "built", "log": "more"]).status == 200)
            let marker = "… \(101 - kept.count) lines left out: the log is full"
            #expect(try await messages(client, id) == kept + ["Set status: built", marker])

            // So do the last words, the beginning of long ones.
            let words = String(repeating: "ä", count: 100_000)
            #expect(
                try await client.put("/jobs/\(id)", ["status": "failed", "log": .string(words)]).status == 200)
            let end = try await messages(client, id)
            #expect(end.dropLast(2).last == "Set status: failed")
            #expect(end.dropLast().last == String(repeating: "ä", count: 32_768))
            #expect(end.last == marker)
        }
    }

    @Test("meets an end where a client changes the status for ever")
    func reserve() async throws {
        try await withService { client in
            let id = try await client.create(SampleJob.add("LOG"))[0]
            for number in 0..<5200 {
                let status: JSON = number % 2 == 0 ? "built" : "importing"
                #expect(try await client.put("/jobs/\(id)", ["status": status]).status == 200)
            }
            let lines = try await messages(client, id)
            #expect((3000..<5200).contains(lines.count))
            #expect(lines.last == "… \(5200 - (lines.count - 1)) lines left out: the log is full")
            try await client.update(id, to: "completed")
            #expect(try await messages(client, id).dropLast().last == "Set status: completed")
        }
    }
}
