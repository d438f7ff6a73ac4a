import Kernel
import KernelTesting
import StorageSQLite
import Testing

@Suite("Following what a module writes")
struct NewsTests {
    private func withService(
        _ transport: TestClient.Transport, _ body: (TestClient) async throws -> Void
    ) async throws {
        try await withApplication(
            modules: [NewsModule.self], drivers: [SQLiteDriver.self],
            configuration: "storage: {url: 'sqlite::memory:'}",
            transport: transport, body)
    }

    @Test(
        "a follower hears of what is there, of what is committed later, and after a break of what it has missed",
        arguments: TestClient.Transport.allCases)
    func following(transport: TestClient.Transport) async throws {
        try await withService(transport) { client in
            _ = try await client.post("/news", ["text": "one"])
            let stream = try await client.open("/news")
            let first = try #require(try await stream.event())
            #expect(first["data"] == #"{"text":"one"}"#)
            _ = try await client.post("/news", ["text": "two"])
            #expect(try await stream.event()?["data"] == #"{"text":"two"}"#)
            stream.leave()
            _ = try await client.post("/news", ["text": "three"])
            let again = try await client.open("/news", headers: ["Last-Event-ID": first["id"] ?? ""])
            #expect(try await again.event()?["data"] == #"{"text":"two"}"#)
            #expect(try await again.event()?["data"] == #"{"text":"three"}"#)
        }
    }

    @Test("those who wait for a change are woken by one, by their cancellation, or by their limit")
    func signal() async throws {
        let signal = ChangeSignal()
        signal.notify()
        #expect(try await signal.wait(after: 0) == 1, "what has happened already is not waited for")
        async let woken = signal.wait(after: 1)
        await Patience.until { signal.waiting == 1 }
        signal.notify()
        #expect(try await woken == 2)
        let cancelled = Task { try await signal.wait(after: 2) }
        await Patience.until { signal.waiting == 1 }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        #expect(try await signal.wait(after: 2, atMost: .milliseconds(1)) == 2)
        #expect(signal.waiting == 0)
    }
}
