import CLinux
import Glibc

/// The calling thread's name as Linux knows it, of at most 15 bytes (proc(5), `/proc/thread-self/comm`).
enum ThreadName {
    private static let path = "/proc/thread-self/comm"

    /// What the calling thread does: its own name, if it was given one. Those of Swift's pool are called after a class
    /// of urgency (`…default-qos`), and the first one after the program.
    static var ofCurrentWork: String {
        if clinux_is_first_thread() == 1 { return "main" }
        let name = current
        return name.hasSuffix("-qos") || name.contains("-qos.") ? "tasks" : name
    }

    /// Empty if it cannot be had.
    private static var current: String {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return "" }
        defer { close(fd) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(fd, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0a }, as: UTF8.self)
    }

    static func set(_ name: String) {
        let fd = open(path, O_WRONLY | O_CLOEXEC)
        guard fd >= 0 else { return }
        defer { close(fd) }
        let bytes = Array(name.utf8.prefix(15))
        // A thread without its name works as well.
        _ = write(fd, bytes, bytes.count)
    }
}
