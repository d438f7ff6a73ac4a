import Glibc

/// A file that goes away with the value that made it.
final class TemporaryFile {
    struct Failure: Error {
        let code: Int32
    }

    let path: String

    init(_ bytes: [UInt8], permissions: mode_t = 0o600) throws {
        var template = Array("/tmp/job-service-test-XXXXXX".utf8CString)
        let fd = mkstemp(&template)
        guard fd >= 0 else { throw Failure(code: errno) }
        defer { close(fd) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard write(fd, bytes, bytes.count) == bytes.count, fchmod(fd, permissions) == 0 else {
            throw Failure(code: errno)
        }
    }

    convenience init(_ text: String, permissions: mode_t = 0o600) throws {
        try self.init(Array(text.utf8), permissions: permissions)
    }

    deinit { unlink(path) }
}
