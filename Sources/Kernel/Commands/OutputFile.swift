import Glibc

/// A file that a command writes and that is there whole or not at all: it is written in a folder of its own beside its
/// place, readable by its owner alone, made durable and renamed.
public final class OutputFile: Sendable {
    public let path: String
    private let replaces: Bool
    private let option: String?
    private let companions: [String]
    private let folder: String

    /// - Parameters:
    ///   - path: its place in the end.
    ///   - replaces: whether it takes the place of a file that is there.
    ///   - option: the one by which a person has it take that place, `--force`, if there is one.
    ///   - companions: what whoever writes it appends to its temporary name for files of their own.
    public init(_ path: String, replaces: Bool = false, option: String? = nil, companions: [String] = []) {
        self.path = path
        self.replaces = replaces
        self.option = option
        self.companions = companions
        folder = "\(path).partial-\(getpid())"
    }

    /// What is to be written between `begin` and `commit`.
    public var temporaryPath: String { folder + "/whole" }

    /// - Throws: `CommandFailure` if it can be seen already that the file cannot be made.
    public func begin() throws(CommandFailure) {
        if path.hasSuffix("/") { throw CommandFailure("\(path) names a folder", remedy: "name a file") }
        var present = stat()
        if stat(path, &present) == 0 {
            guard present.st_mode & S_IFMT == S_IFREG else {
                throw CommandFailure("\(path) is no regular file", remedy: "name another file")
            }
            if !replaces { throw exists }
        }
        guard mkdir(folder, 0o700) == 0 else { throw failure("cannot write beside \(path)", errno) }
    }

    /// Makes what was written durable and gives it its name.
    /// - Returns: its size in bytes.
    @discardableResult
    public func commit() throws(CommandFailure) -> Int {
        let fd = open(temporaryPath, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw failure("cannot read again what was written for \(path)", errno) }
        defer { close(fd) }
        var status = stat()
        guard fchmod(fd, 0o600) == 0, fsync(fd) == 0, fstat(fd, &status) == 0 else {
            throw failure("cannot make \(path) durable", errno)
        }
        if replaces {
            guard rename(temporaryPath, path) == 0 else { throw failure("cannot write \(path)", errno) }
        } else if link(temporaryPath, path) != 0 {
            // Unlike rename, link replaces nothing that has come meanwhile.
            let reason = errno
            if reason == EEXIST { throw exists }
            // A file system without links.
            guard reason == EPERM || reason == EOPNOTSUPP, access(path, F_OK) != 0, rename(temporaryPath, path) == 0
            else { throw failure("cannot write \(path)", reason) }
        }
        abandon()
        try syncFolder()
        return Int(status.st_size)
    }

    /// Removes what was written.
    public func abandon() {
        for suffix in [""] + companions { unlink(temporaryPath + suffix) }
        rmdir(folder)
    }

    private func syncFolder() throws(CommandFailure) {
        let parent = Self.parent(of: path)
        let fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if fd >= 0 { close(fd) } }
        guard fd >= 0, fsync(fd) == 0 || errno == EINVAL else {
            throw failure("cannot make the entry of \(path) durable", errno)
        }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path with its folder's symbolic links resolved.
    public var realPath: String {
        guard let folder = realpath(Self.parent(of: path), nil) else { return path }
        defer { free(folder) }
        return "\(String(cString: folder))/\(path.split(separator: "/").last ?? "")"
    }

    private var exists: CommandFailure {
        let other = option.map { ", or replace it with \($0)" } ?? ""
        return CommandFailure("\(path) exists", remedy: "name another file\(other)")
    }

    /// - Parameters:
    ///   - what: could not be done.
    ///   - reason: errno(3).
    public func failure(_ what: String, _ reason: Int32) -> CommandFailure {
        let remedy: String? =
            switch reason {
            case EACCES, EPERM: "name a file in a folder that user \(geteuid()) may write"
            case ENOSPC, EDQUOT: "make room on the disk"
            case ENOENT, ENOTDIR: "make the folder, or correct the path"
            default: nil
            }
        return CommandFailure("\(what): \(String(cString: strerror(reason)))", remedy: remedy)
    }
}
