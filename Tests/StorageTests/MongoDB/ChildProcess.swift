import Glibc

/// A program that a test runs, with pipes to its stdin and from its stdout. It ends when its stdin is closed, at the
/// latest with the test process itself.
final class ChildProcess: Sendable {
    let pid: pid_t
    private let input: Int32
    private let output: Int32

    init(_ path: String, _ arguments: [String]) throws {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw TestError("pipe: \(errno)") }
        for fd in toChild + fromChild { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO)
        var pid = pid_t()
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let status = posix_spawn(&pid, path, &actions, nil, words, environ)
        close(toChild[0])
        close(fromChild[1])
        guard status == 0 else { throw TestError("\(path) cannot be run: \(String(cString: strerror(status)))") }
        self.pid = pid
        input = toChild[1]
        output = fromChild[0]
    }

    /// Reads one line; blocks.
    func readLine() throws -> [UInt8] {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return line }
            line.append(byte)
        }
        throw TestError("a child process has ended early")
    }

    func writeLine(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(input, bytes, bytes.count)
    }

    /// Closes its stdin and waits for its end.
    func end() {
        close(input)
        close(output)
        waitpid(pid, nil, 0)
    }
}
