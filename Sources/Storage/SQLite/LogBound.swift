import CSQLite
import Glibc
import Kernel

/// Keeps the write-ahead log (WAL) short, on the writer thread: between two commits, when nobody adds to it.
///
/// The checkpointer copies the WAL into the database while writes go on, and hence never all of it. Once the WAL is
/// long enough, the writer copies the few frames that are left; the next commit then begins the WAL anew, unless
/// somebody still reads from it. Snapshots that keep it from that are asked to make room.
struct LogBound {
    private enum Bounds {
        /// WAL frames (pages of 4 KiB) between two checkpoints beside the writer.
        static let framesToCopy = 1000
        /// From here on the WAL is to start anew.
        static let framesToRestart = 4000
        /// As many may be left to the writer.
        static let framesLeft = 500
        /// From here on snapshots are asked to make room.
        static let framesToPress = 8000
        /// From here on the writer copies whatever is left, and waits a moment for readers.
        static let framesToWait = 16_000
        static let patience = Duration.milliseconds(20)
        /// Until the next attempt, if readers have prevented one.
        static let framesToRetry = 250
    }

    private let snapshots: SnapshotRegister
    private let checkpointer: Checkpointer
    private let log: Logger
    private var frames = 0
    private var nextCopy = Bounds.framesToCopy
    private var nextRestart = Bounds.framesToRestart
    private var hasFailed = false
    /// Whether all frames are in the database.
    private var isCopied = false

    init(_ snapshots: SnapshotRegister, _ checkpointer: Checkpointer, _ log: Logger) {
        self.snapshots = snapshots
        self.checkpointer = checkpointer
        self.log = log
    }

    /// To be called after each commit.
    mutating func keep(_ connection: Connection) {
        if connection.framesInWAL < frames {
            nextCopy = Bounds.framesToCopy
            nextRestart = Bounds.framesToRestart
            checkpointer.logHasRestarted()
            snapshots.relieve()
        }
        frames = connection.framesInWAL
        let isDue = frames >= nextCopy
        if isDue { nextCopy = frames + Bounds.framesToCopy }
        checkpointer.didCommit(copies: isDue)
        if frames >= Bounds.framesToPress {
            snapshots.press()
            makeRoom(connection)
        } else if frames >= nextRestart {
            finishCopy(connection)
        }
    }

    /// Once the snapshots have ended that kept the WAL: copies it whole, so that new ones do not need it.
    mutating func makeRoom(_ connection: Connection) {
        guard snapshots.isPressed else { return }
        if snapshots.hasOpen {
            if frames >= nextRestart { finishCopy(connection) }
            return
        }
        nextRestart = 0
        finishCopy(connection)
        if isCopied { snapshots.relieve() } else { usleep(1000) }
    }

    private mutating func finishCopy(_ connection: Connection) {
        isCopied = false
        let isLittle = frames - checkpointer.copiedFrames <= Bounds.framesLeft
        guard isLittle || nextRestart == 0 || frames >= Bounds.framesToWait else { return }
        nextRestart = frames + Bounds.framesToRetry
        do {
            isCopied = try connection.checkpoint(SQLITE_CHECKPOINT_PASSIVE) >= frames
            if frames >= Bounds.framesToWait { try connection.checkpoint(SQLITE_CHECKPOINT_RESTART, Bounds.patience) }
            hasFailed = false
        } catch {
            // The checkpointer is at it, or readers are.
            if error.primary == SQLITE_BUSY { return }
            if !hasFailed { log.error("the write-ahead log cannot be copied into the database, and grows: \(error)") }
            hasFailed = true
        }
    }
}
