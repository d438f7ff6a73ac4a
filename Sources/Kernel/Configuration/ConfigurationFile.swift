import Glibc

/// Reads a file that configuration comes from, whole and bounded.
struct ConfigurationFile {
    struct Failure: Error {
        let what: String
        let remedy: String
        let isMissing: Bool

        init(_ what: String, remedy: String, isMissing: Bool = false) {
            self.what = what
            self.remedy = remedy
            self.isMissing = isMissing
        }
    }

    static let maximumSize = 1 << 20

    let bytes: [UInt8]
    /// Whether group or others may read it.
    let isShared: Bool

    /// - Parameter label: what the file is, for messages: `configuration file`.
    init(reading path: String, label: String) throws(Failure) {
        let name = "\(label) '\(path)'"
        let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard fd >= 0 else { throw Self.failure(name, errno) }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0 else { throw Self.failure(name, errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFCHR: break
        case S_IFDIR: throw Failure("\(name) is a directory", remedy: "give the path of a file")
        default: throw Failure("\(name) is not a regular file", remedy: "give the path of a regular file")
        }
        bytes = try Self.readAll(fd, name)
        isShared = status.st_mode & (S_IRGRP | S_IROTH) != 0
    }

    private static func readAll(_ fd: Int32, _ name: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(fd, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(name, errno) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= maximumSize else {
                throw Failure("\(name) is larger than 1 MiB", remedy: "give the path of the right file")
            }
        }
    }

    private static func failure(_ name: String, _ code: Int32) -> Failure {
        if code == ENOENT {
            return Failure("\(name) does not exist", remedy: "create it, or correct its path", isMissing: true)
        }
        return Failure(
            "\(name) cannot be read: \(String(cString: strerror(code)))",
            remedy: code == EACCES
                ? "let the user that runs the service (uid \(geteuid())) read it" : "correct its path")
    }
}

extension ConfigurationOrigin {
    /// The place of a byte in a text.
    static func place(of offset: Int, in bytes: some Sequence<UInt8>, of path: String) -> ConfigurationOrigin {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == 0x0a {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
        return .file(path, line: line, column: column)
    }
}
