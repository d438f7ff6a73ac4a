import Glibc

/// Tells which files of a folder have been opened, by anyone: the kernel says so (inotify(7)).
final class OpenWatch {
    private let fd = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))

    init(_ folder: String) throws {
        guard inotify_add_watch(fd, folder, UInt32(IN_OPEN)) >= 0 else {
            throw InputFolder.Failure(description: "inotify_add_watch: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(fd)
    }

    /// The names of the tars opened since the last call, each as often as it was.
    func opened() throws -> [String] {
        var names: [String] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(fd, &buffer, buffer.count)
            guard count > 0 else { break }
            names += try buffer.withUnsafeBytes { try Self.names(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return names.filter { $0.hasSuffix(".tar") }.sorted()
    }

    private static func names(_ events: UnsafeRawBufferPointer) throws -> [String] {
        var names: [String] = []
        var offset = 0
        while offset < events.count {
            let event = events.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            guard event.mask & UInt32(IN_Q_OVERFLOW) == 0 else {
                throw InputFolder.Failure(description: "more files were opened than the kernel keeps track of")
            }
            let header = MemoryLayout<inotify_event>.size
            let name = events[(offset + header)..<(offset + header + Int(event.len))].prefix { $0 != 0 }
            names.append(String(decoding: name, as: UTF8.self))
            offset += header + Int(event.len)
        }
        return names
    }
}
