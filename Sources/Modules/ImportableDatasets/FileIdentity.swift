import Glibc

/// What tells a file from another one of its name, and from itself before a change: device and inode, size, and the
/// instants of its last change (stat(2)). While it stays the same, so does what the file contains.
struct FileIdentity: Equatable {
    let kind: FileKind
    private let device: dev_t
    private let inode: ino_t
    private(set) var size: Int64 = 0
    private var modified = timespec()
    /// Also moves when permissions or names change, and cannot be set back as `modified` can.
    private var changed = timespec()

    init(_ status: stat) {
        kind = FileKind(status)
        device = status.st_dev
        inode = status.st_ino
        // A folder's or pipe's own changes are of no interest: it is not read whatever they are.
        guard kind == .regular || kind == .link else { return }
        size = Int64(status.st_size)
        modified = status.st_mtim
        changed = status.st_ctim
    }

    /// Whether a change after this look might not show: it could bear the same instant, since file systems advance
    /// their clock in steps (the kernel's tick, at most 10 ms; whole or even seconds on older ones).
    /// - Parameter now: the real time of the look.
    func isTooFresh(at now: timespec) -> Bool {
        let step: Int64 = changed.tv_nsec == 0 ? 2_000_000_000 : 20_000_000
        let age = (Int64(now.tv_sec) - Int64(changed.tv_sec)).multipliedReportingOverflow(by: 1_000_000_000)
        guard !age.overflow else { return false }
        return abs(age.partialValue + Int64(now.tv_nsec) - Int64(changed.tv_nsec)) < step
    }

    /// Seconds since the content was last changed; negative if that is said to be yet to come.
    /// - Parameter now: the real time.
    func age(at now: timespec) -> Double {
        Double(now.tv_sec) - Double(modified.tv_sec) + Double(now.tv_nsec - modified.tv_nsec) / 1e9
    }

    /// Whether both are states of one file, perhaps before and after a change.
    func isSameFile(as other: Self) -> Bool { inode == other.inode && device == other.device }

    /// Whether the content was written to between both; new names and rights of a file are no news of that.
    func hasOtherContent(than other: Self) -> Bool { size != other.size || !modified.isEqual(other.modified) }

    static func == (a: Self, b: Self) -> Bool {
        a.inode == b.inode && a.size == b.size && a.modified.isEqual(b.modified) && a.changed.isEqual(b.changed)
            && a.device == b.device && a.kind == b.kind
    }
}

/// The kinds of directory entries that matter here.
enum FileKind: Equatable {
    case regular, folder, link, other

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .folder
        case S_IFLNK: self = .link
        default: self = .other
        }
    }
}

extension timespec {
    fileprivate func isEqual(_ other: timespec) -> Bool { tv_sec == other.tv_sec && tv_nsec == other.tv_nsec }

    /// The system's real time.
    static var realTime: timespec {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now
    }
}
