import Glibc
import Kernel
import KernelTesting
import Testing

@Suite("HTTP server: out of descriptors")
struct ServerDescriptorTests {
    @Test("waits without spinning, and serves the clients that waited once there are descriptors again")
    func exhaustion() async {
        // In a process of its own, because the limit holds for all of a process.
        await #expect(processExitsWith: .success) {
            // The runtime's timers open descriptors of their own at their first use, and crash without them.
            try await Task.sleep(for: .milliseconds(1))
            try await withServer { fixture in
                #expect(
                    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), [rlimit(rlim_cur: 60, rlim_max: 60)]) == 0)
                // Client ends and server ends share the limit: in the end there are clients that nobody can accept.
                var clients: [RawConnection] = []
                while let client = try? fixture.connect() { clients.append(client) }
                await fixture.until { _ in fixture.log.entries.contains { $0.message.contains("cannot accept") } }
                let waiting = fixture.server.counters
                #expect(waiting.acceptedConnections < clients.count)
                let before = clock()
                try await Task.sleep(for: .milliseconds(300))
                let processorMilliseconds = (clock() - before) / (CLOCKS_PER_SEC / 1000)
                #expect(processorMilliseconds < 100)
                for client in clients { client.send(get("/x")) }
                while let client = clients.first {
                    #expect(try await client.readResponse().status == 200)
                    clients.removeFirst()
                }
            }
        }
    }
}
