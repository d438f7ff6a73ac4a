import Glibc

/// The names of a folder's `*.tar` entries, in the order in which the file system lists them. They lie in one piece,
/// so that seeing whether the folder lists the same as before is one comparison.
struct FileNames {
    /// Each name with a zero byte behind it.
    private(set) var bytes: [UInt8] = []
    private var starts: [Int] = []
    /// Whether there were more than the limit.
    private(set) var isCut = false

    init() {}

    /// Reads the directory (readdir(3)).
    /// - Parameter limit: names to take; further ones are left out.
    init(in directory: Descriptor, limit: Int) throws(SystemError) {
        let fd = fcntl(directory.fd, F_DUPFD_CLOEXEC, 0)
        guard fd >= 0 else { throw SystemError(errno) }
        guard let stream = fdopendir(fd) else {
            let failure = SystemError(errno)
            close(fd)
            throw failure
        }
        defer { closedir(stream) }
        rewinddir(stream)
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError(errno) }
                return
            }
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: UInt8.self)
            add(
                UnsafeBufferPointer(
                    start: name, count: strnlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self), 256)), limit
            )
        }
    }

    private mutating func add(_ name: UnsafeBufferPointer<UInt8>, _ limit: Int) {
        guard DatasetName.isTar(name) else { return }
        guard starts.count < limit else {
            isCut = true
            return
        }
        starts.append(bytes.count)
        bytes.append(contentsOf: name)
        bytes.append(0)
    }

    var count: Int { starts.count }

    /// A name without its zero byte.
    subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[starts[index]..<(index + 1 < starts.count ? starts[index + 1] : bytes.count) - 1]
    }

    /// Lends a name for system calls.
    @inline(__always)
    func withCString<R, E: Error>(_ index: Int, _ body: (UnsafePointer<CChar>) throws(E) -> R) throws(E) -> R {
        let start = starts[index]
        return try bytes.withUnsafeBufferPointer { (buffer) throws(E) -> R in
            guard let base = buffer.baseAddress else { preconditionFailure("a name has at least its zero byte") }
            return try UnsafeRawPointer(base + start).withMemoryRebound(to: CChar.self, capacity: 1, body)
        }
    }
}
