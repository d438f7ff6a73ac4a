import CLinux
import Glibc
import KernelTesting
import Testing

@Suite("HTTP server: out of descriptors")
struct ServerDescriptorTests {
    @Test("waits without spinning, and serves the clients that waited once there are descriptors again")
    func exhaustion() async throws {
        // A process of its own, because the limit holds for all of a process.
        let server = try EngineProcess()
        let limit = server.limit(leavingRoomFor: 20)
        #expect(clinux_set_descriptor_limit(server.process, limit) == 0)
        var clients = try (0..<60).map { _ in try RawConnection(port: server.port) }
        for client in clients { client.send(get("/health/alive")) }
        // Half of those that can be accepted are awaited; the others then are, or will be, in a moment.
        for client in clients.prefix(10) { #expect(try await client.readResponse().status == 200) }
        let before = try server.processorTicks()
        try await Task.sleep(for: .milliseconds(500))
        #expect(!server.hasRoom(below: limit))
        let ticks = try server.processorTicks() - before
        #expect(ticks < 10)
        clients.removeFirst(10)
        while let client = clients.first {
            let response = try await client.readResponse()
            #expect(response.status == 200)
            clients.removeFirst()
        }
    }
}

/// The benchmark server as a child process, for what concerns a process as a whole.
final class EngineProcess {
    let process: pid_t
    let port: Int

    struct Failure: Error {
        let reason: String
    }

    init() throws {
        // The tests are run from the directory of all products.
        let own = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let directory = own.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        var pipe: [Int32] = [0, 0]
        guard Glibc.pipe(&pipe) == 0, fcntl(pipe[0], F_SETFD, FD_CLOEXEC) == 0 else { throw Failure(reason: "no pipe") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        let executable = directory + "/EngineServer"
        var child = pid_t()
        let status = executable.withCString { name in
            "0".withCString { port in
                var arguments = [strdup(name), strdup(port), nil]
                defer { arguments.forEach { free($0) } }
                return posix_spawn(&child, name, &actions, nil, &arguments, nil)
            }
        }
        posix_spawn_file_actions_destroy(&actions)
        close(pipe[1])
        defer { close(pipe[0]) }
        guard status == 0 else {
            throw Failure(reason: "cannot start \(executable): \(String(cString: strerror(status)))")
        }
        process = child
        var line = [UInt8](repeating: 0, count: 100)
        let count = read(pipe[0], &line, line.count)
        let digits = line.prefix(max(0, count)).filter { (48...57).contains($0) }
        port = Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    deinit {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// The limit under which the process can open so many more descriptors.
    func limit(leavingRoomFor count: Int) -> UInt64 {
        let free = (0..<4096).filter { !isOpen($0) }
        return UInt64(free[count - 1] + 1)
    }

    func hasRoom(below limit: UInt64) -> Bool { (0..<Int(limit)).contains { !isOpen($0) } }

    /// Sockets and pipes are links to nothing in the file system.
    private func isOpen(_ fd: Int) -> Bool {
        var status = stat()
        return lstat("/proc/\(process)/fd/\(fd)", &status) == 0
    }

    /// User and system time in hundredths of a second.
    func processorTicks() throws -> Int {
        guard let file = fopen("/proc/\(process)/stat", "r") else { throw Failure(reason: "the server has died") }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 1024)
        let count = fread(&line, 1, line.count, file)
        let fields = String(decoding: line.prefix(count), as: UTF8.self).split(separator: " ")
        guard fields.count > 14 else { throw Failure(reason: "no statistics") }
        return (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0)
    }
}
