import Dispatch
import Glibc
import Synchronization

/// The program StoreProbe on a database, in a process of its own.
// @unchecked Sendable: one test at a time uses it; what blocks runs on a thread of its own meanwhile.
final class StoreProcess: @unchecked Sendable {
    let pid: pid_t
    private var input: Int32
    private let output: Int32
    private var unread: [UInt8] = []

    /// Descriptors must not be inherited by a child that is started between their making and their marking.
    private static let spawning = Mutex(())

    /// - Parameter user: the user id to run as; this process's own if nil.
    init(_ path: String, _ mode: String, user: Int? = nil) throws {
        var link = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &link, link.count)
        let tests = String(decoding: link.prefix(max(length, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let probe = tests.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/StoreProbe"
        var words = [probe, path, mode]
        if let user { words = ["/usr/bin/setpriv", "--reuid=\(user)", "--clear-groups"] + words }
        (pid, input, output) = try Self.spawning.withLock { _ in try Self.spawn(words) }
    }

    deinit {
        if input >= 0 { close(input) }
        close(output)
    }

    private static func spawn(_ words: [String]) throws -> (pid_t, input: Int32, output: Int32) {
        var pipes: [Int32] = [0, 0, 0, 0]
        for index in [0, 2] {
            guard pipes.withUnsafeMutableBufferPointer({ pipe($0.baseAddress.map { $0 + index }) }) == 0 else {
                throw TestError("pipe: \(errno)")
            }
        }
        for fd in pipes { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[0], 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[3], 1)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var pid = pid_t()
        let code = posix_spawn(&pid, words[0], &actions, nil, &arguments, &environment)
        close(pipes[0])
        close(pipes[3])
        guard code == 0 else { throw TestError("cannot start \(words[0]): \(code)") }
        return (pid, pipes[1], pipes[2])
    }

    /// The next line of output, or nil at its end.
    func line() async -> String? {
        await blocking { self.readLine() }
    }

    private func readLine() -> String? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end = unread.firstIndex(of: 10) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            let count = read(output, &bytes, bytes.count)
            if count <= 0 { return nil }
            unread += bytes[..<count]
        }
    }

    /// Ends it by SIGKILL.
    func kill() async {
        Glibc.kill(pid, SIGKILL)
        _ = await wait()
    }

    /// Closes its input and waits for its end.
    /// - Returns: its exit code.
    func end() async -> Int32 {
        close(input)
        input = -1
        return await wait()
    }

    private func wait() async -> Int32 {
        let pid = pid
        return await blocking {
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            return status >> 8 & 0xff
        }
    }

    private func blocking<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            Thread.run { continuation.resume(returning: body()) }
        }
    }
}

private enum Thread {
    static let queue = DispatchQueue(label: "blocking calls", attributes: .concurrent)

    static func run(_ body: @escaping @Sendable () -> Void) {
        queue.async(execute: body)
    }
}
