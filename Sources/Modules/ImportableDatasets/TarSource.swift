import CArchive
import Glibc

/// Hands a file's bytes to libarchive as it asks for them, and steps over those that it does not want: an entry's
/// data costs nothing, however long.
final class TarSource {
    /// Bytes of one read: a small tar whole, and not much beyond a header that stands alone.
    private static let blockSize = 16 << 10

    private let file: Descriptor
    let size: Int64
    private var offset: Int64 = 0
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 16)
    /// What the system refused a read with.
    private(set) var failure: SystemError?

    init(_ file: Descriptor, size: Int64) {
        self.file = file
        self.size = size
    }

    deinit {
        block.deallocate()
    }

    /// Makes libarchive read from here (archive_read_open1). The source must outlive the archive.
    func open(_ archive: OpaquePointer) -> CInt {
        archive_read_set_callback_data(archive, Unmanaged.passUnretained(self).toOpaque())
        archive_read_set_read_callback(archive) { _, source, bytes in
            guard let source, let bytes else { return -1 }
            return Unmanaged<TarSource>.fromOpaque(source).takeUnretainedValue().read(&bytes.pointee)
        }
        archive_read_set_skip_callback(archive) { _, source, count in
            guard let source else { return 0 }
            return Unmanaged<TarSource>.fromOpaque(source).takeUnretainedValue().skip(count)
        }
        return archive_read_open1(archive)
    }

    /// The next block: its length, 0 at the end, -1 for an error.
    private func read(_ bytes: inout UnsafeRawPointer?) -> Int {
        bytes = UnsafeRawPointer(block.baseAddress)
        do throws(SystemError) {
            let count = try read(at: offset, into: block)
            offset += Int64(count)
            return count
        } catch {
            failure = error
            return -1
        }
    }

    /// Steps over at most `count` bytes, never beyond the file's end: a seek would not notice that they are missing.
    private func skip(_ count: Int64) -> Int64 {
        let skipped = max(0, min(count, size - offset))
        offset += skipped
        return skipped
    }

    /// Whether `count` bytes at `offset` are there and all zero; `count` is at most 1024.
    func isZero(at offset: Int64, count: Int) throws(SystemError) -> Bool {
        guard offset >= 0 else { return false }
        var bytes = [UInt8](repeating: 1, count: count)
        var read = 0
        do {
            read = try bytes.withUnsafeMutableBytes { try self.read(at: offset, into: $0) }
        } catch let error as SystemError {
            throw error
        } catch {
            return false
        }
        return read == count && bytes.allSatisfy { $0 == 0 }
    }

    private func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        while true {
            let count = pread(file.fd, buffer.baseAddress, buffer.count, Int(offset))
            if count >= 0 { return count }
            if errno != EINTR { throw SystemError(errno) }
        }
    }
}
