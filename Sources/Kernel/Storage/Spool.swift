import Glibc
import Synchronization

/// Where what is read faster than its receiver takes it is kept for a while: files without a name in one folder, which
/// vanish with the process, and together have at most so many bytes.
public final class SpoolArea: Sendable {
    private let folder: String
    private let limit: Int
    private let prefix: String
    private let used = Atomic(0)

    /// - Parameters:
    ///   - folder: on a disk rather than in memory.
    ///   - limit: bytes, of all spools together.
    ///   - product: whose files they are, by name.
    public init(in folder: String, limit: Int, of product: Product) {
        prefix = ".\(product.name)-list-"
        self.folder = folder
        self.limit = limit
    }

    /// An empty spool; nil if the folder takes no file.
    func makeSpool() -> Spool? {
        var template = Array("\(folder)/\(prefix)XXXXXX".utf8CString)
        let fd = mkstemp(&template)
        guard fd >= 0 else { return nil }
        _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
        unlink(template)
        return Spool(fd, in: self)
    }

    fileprivate func take(_ count: Int) -> Bool {
        if used.add(count, ordering: .relaxed).newValue <= limit { return true }
        give(back: count)
        return false
    }

    fileprivate func give(back count: Int) { used.subtract(count, ordering: .relaxed) }
}

/// A file that one task appends to while another one reads from its beginning (pwrite, pread).
final class Spool: Sendable {
    private let fd: Int32
    private let area: SpoolArea
    private let size = Atomic(0)
    private let taken = Atomic(0)

    fileprivate init(_ fd: Int32, in area: SpoolArea) {
        self.fd = fd
        self.area = area
    }

    deinit {
        close(fd)
        area.give(back: size.load(ordering: .relaxed))
    }

    /// Whether all that was appended has been read.
    var isEmpty: Bool { taken.load(ordering: .relaxed) == size.load(ordering: .acquiring) }

    /// - Throws: `StoreError.unavailable` if the area is used up or the disk is full.
    func append(_ bytes: [UInt8]) throws(StoreError) {
        guard area.take(bytes.count) else {
            throw .unavailable(reason: "a list was cut short: too many are read slowly (spool)", retryAfter: 5)
        }
        let at = size.load(ordering: .relaxed)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(fd, $0.baseAddress.map { $0 + done }, $0.count - done, at + done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                area.give(back: bytes.count)
                let reason = String(cString: strerror(errno))
                throw .unavailable(reason: "a list was cut short: its rest cannot be kept: \(reason)", retryAfter: 5)
            }
            done += count
        }
        size.store(at + bytes.count, ordering: .releasing)
    }

    /// The next bytes, at most `count`; empty if there are none yet.
    func next(_ count: Int) throws(StoreError) -> [UInt8] {
        let at = taken.load(ordering: .relaxed)
        let available = min(count, size.load(ordering: .acquiring) - at)
        var bytes = [UInt8](repeating: 0, count: available)
        var done = 0
        while done < available {
            let count = bytes.withUnsafeMutableBytes {
                pread(fd, $0.baseAddress.map { $0 + done }, available - done, at + done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .unavailable(reason: "the rest of a list cannot be read", retryAfter: 5) }
            done += count
        }
        taken.store(at + available, ordering: .relaxed)
        return bytes
    }
}
