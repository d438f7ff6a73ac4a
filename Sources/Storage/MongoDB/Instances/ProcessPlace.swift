import Glibc
import Kernel

/// Where a process runs, so that another one can tell for certain whether it still does: neither a host name nor a
/// process id says that, which containers have in common.
struct ProcessPlace: Sendable, Hashable {
    /// The kernel since it was started, and the process ids' namespace; empty if the system does not tell.
    let machine: String
    let process: pid_t
    /// When the process was started, in ticks since the machine was; nil if the system does not tell.
    let startedAt: Int64?

    static let current = ProcessPlace(
        machine: machine, process: getpid(), startedAt: ownProcesses ? startTime(of: getpid()) : nil)

    /// Whether that process has ended for certain.
    var hasEnded: Bool {
        guard !machine.isEmpty, machine == Self.current.machine else { return false }
        if kill(process, 0) != 0 { return errno == ESRCH }
        guard Self.ownProcesses, let startedAt, let now = Self.startTime(of: process) else { return false }
        return now != startedAt
    }

    private static let machine: String = {
        let boot = firstLine(of: "/proc/sys/kernel/random/boot_id") ?? ""
        let space = target(of: "/proc/self/ns/pid") ?? ""
        return boot.isEmpty || space.isEmpty ? "" : "\(boot) \(space)"
    }()

    /// Whether /proc tells of this namespace, not of the one outside of it.
    private static let ownProcesses = target(of: "/proc/self") == "\(getpid())"

    /// The 22nd field of /proc/PID/stat; the second, a name in brackets, may hold anything.
    private static func startTime(of process: pid_t) -> Int64? {
        guard let line = firstLine(of: "/proc/\(process)/stat"), let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? Int64(fields[19]) : nil
    }

    private static func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = readlink(link, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : nil
    }

    private static func firstLine(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let length = read(file, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer[..<length].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) : nil
    }
}
