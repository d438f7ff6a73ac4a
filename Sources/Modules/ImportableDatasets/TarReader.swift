import CArchive
import Glibc

/// Why a tar's entries cannot be told.
enum TarFault: Error, Equatable {
    /// The system refused to read the file.
    case unreadable(SystemError)
    /// The file is no tar, or not a whole one.
    case malformed(String)
    /// It would have to be read for longer than it may.
    case tooLong(String)
}

/// Walks over the entries of a tar with libarchive: POSIX (PAX), GNU and ustar, plain or compressed. Only compressions
/// that libarchive does itself are enabled, none that would start another program.
final class TarReader {
    private let archive: OpaquePointer
    private let source: TarSource
    private var entry: OpaquePointer?
    let isCompressed: Bool

    init(_ source: TarSource) throws(TarFault) {
        guard let archive = archive_read_new() else { throw .unreadable(SystemError(ENOMEM)) }
        archive_read_support_format_tar(archive)
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_filter_lz4(archive)
        let code = source.open(archive)
        guard code == ARCHIVE_OK, archive_filter_count(archive) <= 2 else {
            defer { archive_read_free(archive) }
            if code == ARCHIVE_OK { throw .malformed("it is compressed more than once") }
            throw Self.fault(archive, source)
        }
        self.archive = archive
        self.source = source
        isCompressed = archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE
    }

    deinit {
        archive_read_free(archive)
    }

    /// Goes to the next entry, stepping over the present one's data.
    /// - Returns: false at the end of the archive.
    func next() throws(TarFault) -> Bool {
        let code = archive_read_next_header(archive, &entry)
        switch code {
        // A warning is about properties of the entry that are of no interest, such as a name in another encoding.
        case ARCHIVE_OK, ARCHIVE_WARN: return true
        case ARCHIVE_EOF: return false
        default: throw Self.fault(archive, source)
        }
    }

    /// The present entry's name, without a leading `./`; valid until the next entry. Nil if it has none that can be
    /// told in this process's encoding: then it is none that matters.
    var entryName: UnsafePointer<CChar>? {
        guard let entry, let name = archive_entry_pathname(entry) else { return nil }
        return strncmp(name, "./", 2) == 0 ? name + 2 : name
    }

    var entryIsDirectory: Bool { entry.map { archive_entry_filetype($0) & S_IFMT == S_IFDIR } ?? false }

    /// Decompresses the next block of the present entry's data.
    /// - Returns: its length, or nil behind the last.
    func decodeBlock() throws(TarFault) -> Int? {
        var block: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        switch archive_read_data_block(archive, &block, &count, &offset) {
        case ARCHIVE_OK, ARCHIVE_WARN: return count
        case ARCHIVE_EOF: return nil
        default: throw Self.fault(archive, source)
        }
    }

    /// Where the mark begins that the archive, which must not be compressed, has ended with: a block of zeros, or two.
    /// Nil if there is none: a file may also have been cut exactly between two entries.
    func endMark() throws(TarFault) -> Int64? {
        let end = archive_filter_bytes(archive, 0)
        if try isZero(at: end - 1024, count: 1024) { return end - 1024 }
        return try isZero(at: end - 512, count: 512) ? end - 512 : nil
    }

    /// Whether a mark is the archive's end, and not a place that is yet to be written in a file whose size was set
    /// first. Tars are written in records of 10 KiB, or another length that was chosen, with zeros behind the mark: more
    /// of them than fit in the last record are something else.
    func isEnd(_ mark: Int64) throws(TarFault) -> Bool {
        let rest = source.size - mark
        let isInLastRecord = Self.recordSizes.contains { size in
            rest <= size + 1024 && (size == Self.recordSizes[0] || source.size % size == 0)
        }
        if isInLastRecord { return true }
        // What ends in something else than zeros has been written to its end.
        return try !isZero(at: source.size - 1024, count: 1024)
    }

    /// The usual length of a record, which tars of other lengths need not be a multiple of, and longer ones.
    private static let recordSizes: [Int64] = [10 << 10] + (4...10).map { 1 << ($0 + 10) }

    /// Whether the file, which must not be compressed, ends as a whole archive does: with two blocks of zeros.
    func hasEndMarkerAtEndOfFile() throws(TarFault) -> Bool {
        guard source.size % 512 == 0 else { return false }
        return try isZero(at: source.size - 1024, count: 1024)
    }

    func isZero(at offset: Int64, count: Int) throws(TarFault) -> Bool {
        do throws(SystemError) {
            return try source.isZero(at: offset, count: count)
        } catch {
            throw .unreadable(error)
        }
    }

    private static func fault(_ archive: OpaquePointer, _ source: TarSource) -> TarFault {
        if let failure = source.failure { return .unreadable(failure) }
        return .malformed(archive_error_string(archive).map { String(cString: $0) } ?? "it cannot be read")
    }
}
