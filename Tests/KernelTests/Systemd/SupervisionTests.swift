import CLinux
import Glibc
import Kernel
import KernelTesting
import Testing

@Suite("Telling systemd")
struct SupervisionTests {
    @Test("a path and an abstract name are both told", arguments: [false, true])
    func addresses(isAbstract: Bool) async throws {
        let receiver = try NotificationReceiver(isAbstract: isAbstract)
        let supervision = Supervision(
            environment: ["NOTIFY_SOCKET": receiver.name], log: Logger("test", sink: LogRecorder()))
        try supervision.start()
        supervision.tell(status: "Two\nlines")
        supervision.tellReady(status: "Ready") { _ in true }
        supervision.tellReloading()
        supervision.tellReloaded(status: "Ready again")
        supervision.tellStopping(status: "Stopping")
        supervision.end()
        #expect(try await receiver.next() == ["STATUS=Two lines"])
        #expect(try await receiver.next() == ["READY=1", "STATUS=Ready"])
        let reloading = try await receiver.next()
        #expect(reloading.first == "RELOADING=1")
        let time = reloading[1].split(separator: "=")
        #expect(time.first == "MONOTONIC_USEC" && (Int64(time[1]) ?? 0) > 0)
        #expect(try await receiver.next() == ["READY=1", "STATUS=Ready again"])
        #expect(try await receiver.next() == ["STOPPING=1", "STATUS=Stopping"])
    }

    @Test("the watchdog hears of the service while every event loop answers, and only then")
    func watchdog() async throws {
        let entered = Gate()
        let blocked = ThreadGate()
        let receiver = try NotificationReceiver(isAbstract: true)
        let log = LogRecorder()
        try await withServer(handler: { request in
            if request.path == "/block" {
                entered.open()
                blocked.wait()
            }
            return await echo(request)
        }) { fixture in
            let supervision = Supervision(
                environment: ["NOTIFY_SOCKET": receiver.name, "WATCHDOG_USEC": "200000"],
                log: Logger("test", sink: log))
            try supervision.start()
            supervision.tellReady(status: "") { [server = fixture.server] in server.loopsAnswer(within: $0) }
            #expect(try await receiver.next() == ["READY=1", "STATUS="])
            for _ in 0..<3 { #expect(try await receiver.next() == ["WATCHDOG=1"]) }
            let client = try fixture.connect()
            client.send(get("/block"))
            try await entered.passed()
            _ = try await log.entry { $0.level == .critical && $0.message.contains("does not answer") }
            blocked.signal()
            let beatsSoFar = receiver.take()
            #expect(beatsSoFar.allSatisfy { $0 == ["WATCHDOG=1"] })
            #expect(try await receiver.next() == ["WATCHDOG=1"])
            supervision.end()
            _ = try await client.readResponse()
        }
    }

    @Test(
        "a watchdog for another process, or none, hears nothing",
        arguments: [
            ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"], ["WATCHDOG_USEC": "0"], ["WATCHDOG_USEC": "x"], [:],
        ])
    func noWatchdog(environment: [String: String]) async throws {
        let receiver = try NotificationReceiver(isAbstract: true)
        let supervision = Supervision(
            environment: environment.merging(["NOTIFY_SOCKET": receiver.name]) { $1 },
            log: Logger("test", sink: LogRecorder()))
        try supervision.start()
        supervision.tellReady(status: "") { _ in
            Issue.record("nobody asked")
            return true
        }
        supervision.tellStopping(status: "")
        supervision.end()
        #expect(try await receiver.next().first == "READY=1")
        #expect(try await receiver.next().first == "STOPPING=1")
    }

    @Test("an address that cannot be is told in the log, and so is one where nobody listens")
    func unusable() async throws {
        let log = LogRecorder()
        _ = Supervision(environment: ["NOTIFY_SOCKET": "relative"], log: Logger("test", sink: log))
        #expect(log.messages.first?.contains(#"NOTIFY_SOCKET "relative" is no usable address"#) == true)
        let nobody = Supervision(
            environment: ["NOTIFY_SOCKET": "/nonexistent/socket"], log: Logger("test", sink: log))
        try nobody.start()
        nobody.tell(status: "Hello")
        _ = try await log.entry { $0.message.hasPrefix("systemd cannot be told STATUS=Hello: No such file") }
        nobody.end()
    }
}

/// The receiving end of NOTIFY_SOCKET.
final class NotificationReceiver: Sendable {
    let name: String
    private let fd: Int32

    init(isAbstract: Bool) throws {
        let unique = "job-service-\(UUID())"
        name = isAbstract ? "@\(unique)" : "/tmp/\(unique)"
        fd = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: name.utf8)
            if isAbstract { path[0] = 0 }
        }
        let length = socklen_t(2 + name.utf8.count)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(fd, $0, length) }
        }
        guard status == 0 else { throw BoundSocket.Failure.system(errno) }
    }

    deinit {
        close(fd)
        if name.hasPrefix("/") { unlink(name) }
    }

    /// The next message's lines.
    func next() async throws -> [String] {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try OwnThread.start("receiver") { continuation.resume(with: Result { try self.receive(0) }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// The messages that wait.
    func take() -> [[String]] {
        var messages: [[String]] = []
        while let message = try? receive(Int32(MSG_DONTWAIT)) { messages.append(message) }
        return messages
    }

    private func receive(_ flags: Int32) throws -> [String] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(fd, &bytes, bytes.count, flags)
        guard count >= 0 else { throw BoundSocket.Failure.system(errno) }
        return String(decoding: bytes[..<count], as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
    }
}
