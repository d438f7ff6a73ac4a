import Glibc
import Kernel

/// A copy of a database and its journals in a folder that only this user can read.
struct PrivateCopy: Sendable {
    private static let companions = ["-wal", "-journal"]

    private let folder: String
    var path: String { folder + "/copy.db" }

    /// Nil if the database has no journals, so that the file itself can be read.
    /// - Throws: `BootIssue` if it cannot be copied, or changes meanwhile.
    init?(of source: String) throws {
        let companions = Self.companions.filter { (Self.state(source + $0)?.size ?? 0) > 0 }
        if companions.isEmpty { return nil }
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/job-service-copy-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw Self.issue("make a folder in \(base)") }
        folder = made
        do {
            let names = [""] + companions
            let before = names.map { Self.state(source + $0) }
            for name in names { try Self.copy(source + name, to: path + name) }
            guard before == names.map({ Self.state(source + $0) }) else {
                throw BootIssue(
                    .environment, "the database \(source) is being written by another program",
                    remedy: "stop the Python service")
            }
        } catch {
            remove()
            throw error
        }
    }

    func remove() {
        for name in ["", "-wal", "-shm", "-journal"] { unlink(path + name) }
        rmdir(folder)
    }

    private struct State: Equatable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    private static func state(_ path: String) -> State? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return State(size: status.st_size, seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    private static func copy(_ source: String, to target: String) throws {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw issue("read \(source)") }
        defer { close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw issue("write \(target)") }
        defer { close(output) }
        while true {
            let count = sendfile(output, input, nil, 1 << 24)
            if count == 0 { return }
            if count < 0 { throw issue("copy \(source)") }
        }
    }

    private static func issue(_ what: String) -> BootIssue {
        BootIssue(
            .environment, "cannot \(what): \(String(cString: strerror(errno)))",
            remedy: "a database with a journal beside it is copied before it is read; TMPDIR names where")
    }
}
