import CSQLite
import Kernel
import Synchronization

/// A thread that copies the write-ahead log (WAL) into the database while the writer goes on (SQLITE_CHECKPOINT_PASSIVE),
/// and once nothing has been written for a while, copies all of it and empties it (SQLITE_CHECKPOINT_TRUNCATE), so that
/// at rest the database is one file. While there is nothing to copy, it sleeps.
final class Checkpointer: Sendable {
    /// How long nothing may have been written before the WAL is emptied.
    static let idle = Duration.seconds(2)
    /// The longest time between two attempts at that; readers may prevent it.
    private static let longestPause = Duration.seconds(60)

    private struct State {
        var isDue = false
        var isStopped = false
        var hasEnded = false
    }

    private let state = Monitor(State())
    /// When the last commit was, and at start when there may be something of an earlier process.
    private let lastCommit = Atomic(Instant.now.nanoseconds)
    private let isAsleep = Atomic(false)
    private let copied = Atomic(0)
    private let open: @Sendable () throws -> Connection
    private let log: Logger

    /// - Parameter open: opens a connection of the thread's own.
    init(log: Logger, open: @escaping @Sendable () throws -> Connection) throws {
        self.log = log
        self.open = open
        try OwnThread.start("sqlite-log") { self.run() }
    }

    /// How many frames of the WAL are in the database.
    var copiedFrames: Int { copied.load(ordering: .relaxed) }

    /// For the writer.
    /// - Parameter copies: whether the WAL is to be copied now.
    func didCommit(copies: Bool) {
        lastCommit.store(Instant.now.nanoseconds, ordering: .sequentiallyConsistent)
        if copies {
            state.update { $0.isDue = true }
        } else if isAsleep.exchange(false, ordering: .sequentiallyConsistent) {
            state.update { _ in }
        }
    }

    /// For the writer: the WAL is written from its beginning again.
    func logHasRestarted() { copied.store(0, ordering: .relaxed) }

    /// Ends the thread, after the copying that is under way; blocks until then.
    func stop() {
        state.update { $0.isStopped = true }
        state.wait { $0.hasEnded ? .done(()) : .until(nil) }
    }

    // What follows runs on the thread.

    private enum Turn {
        case copy
        case empty(asOf: Int64)
        case end
    }

    private func run() {
        var connection: Connection?
        var emptied: Int64 = 0
        var (pause, nextAttempt) = (Self.idle, Instant.now)
        var hasFailed = false
        working: while true {
            do {
                switch next(emptied, nextAttempt) {
                case .copy:
                    connection = try connection ?? open()
                    let frames = try connection?.checkpoint(SQLITE_CHECKPOINT_PASSIVE) ?? 0
                    copied.store(frames, ordering: .relaxed)
                case .empty(let instant):
                    // Readers may prevent it: then later, and later still.
                    nextAttempt = .now + pause
                    pause = min(pause * 2, Self.longestPause)
                    connection = try connection ?? open()
                    _ = try connection?.checkpoint(SQLITE_CHECKPOINT_TRUNCATE)
                    copied.store(0, ordering: .relaxed)
                    (emptied, pause) = (instant, Self.idle)
                case .end:
                    break working
                }
                hasFailed = false
            } catch {
                // Others read, or write; they come first.
                if (error as? SQLiteError)?.primary == SQLITE_BUSY { continue }
                connection?.close()
                connection = nil
                if !hasFailed { log.error("the write-ahead log cannot be copied into the database: \(error)") }
                hasFailed = true
            }
        }
        connection?.close()
        state.update { $0.hasEnded = true }
    }

    /// - Parameters:
    ///   - emptied: as of which commit the WAL is empty.
    ///   - nextAttempt: before when it is not to be emptied.
    private func next(_ emptied: Int64, _ nextAttempt: Instant) -> Turn {
        state.wait { state in
            if state.isStopped { return .done(.end) }
            if state.isDue {
                state.isDue = false
                return .done(.copy)
            }
            isAsleep.store(true, ordering: .sequentiallyConsistent)
            let last = lastCommit.load(ordering: .sequentiallyConsistent)
            guard last != emptied else { return .until(nil) }
            isAsleep.store(false, ordering: .sequentiallyConsistent)
            let due = max(Instant(nanoseconds: last) + Self.idle, nextAttempt)
            return due <= .now ? .done(.empty(asOf: last)) : .until(due.forWaiting)
        }
    }
}
