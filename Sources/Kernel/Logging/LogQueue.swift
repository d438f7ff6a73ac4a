import Glibc

/// The lines that wait to be written: a bounded buffer between the threads that log and the one that writes.
///
/// `append` takes a lock for the length of a copy and never waits for the reader of the log. When the buffer is full,
/// lines are counted instead of kept.
// @unchecked Sendable: everything mutable is guarded by `lock`.
final class LogQueue: @unchecked Sendable {
    /// What the writing thread took: whole lines, and how many were dropped after them.
    struct Batch {
        var lines: [UInt8] = []
        var dropped = 0
    }

    /// Waiting for more lines ends early once so many bytes wait.
    private static let eagerSize = 64 << 10

    private let capacity: Int
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    /// Signalled when the writing thread has something to do, and when it has done something.
    private let work: UnsafeMutablePointer<pthread_cond_t>
    private let progress: UnsafeMutablePointer<pthread_cond_t>

    private var pending: [UInt8] = []
    private var dropped = 0
    private var bytesBeingWritten = 0
    /// Lines since the beginning, dropped ones included: appended, taken by the writing thread, and done with.
    private var appended = 0
    private var taken = 0
    private var settled = 0
    private var isIdle = false
    private var isLingering = false
    private var isClosed = false
    private var isUrgent = false
    private var hasEnded = false

    init(capacity: Int) {
        self.capacity = capacity
        lock = .allocate(capacity: 1)
        work = .allocate(capacity: 1)
        progress = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(work, &attributes)
        pthread_cond_init(progress, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(progress)
        pthread_cond_destroy(work)
        pthread_mutex_destroy(lock)
        progress.deallocate()
        work.deallocate()
        lock.deallocate()
    }

    // MARK: The threads that log

    func append(_ line: [UInt8]) {
        pthread_mutex_lock(lock)
        if isClosed {
            pthread_mutex_unlock(lock)
            return
        }
        if pending.count + bytesBeingWritten + line.count > capacity {
            dropped += 1
        } else {
            pending.append(contentsOf: line)
        }
        appended += 1
        let wakes = isIdle || (isLingering && pending.count >= Self.eagerSize)
        if wakes {
            isIdle = false
            isLingering = false
        }
        pthread_mutex_unlock(lock)
        if wakes { pthread_cond_signal(work) }
    }

    /// Waits until every line appended so far has been written, or given up.
    /// - Returns: false if the deadline came first.
    func flush(within limit: Duration) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        let goal = appended
        let deadline = Self.instant(after: limit)
        while settled < goal {
            isUrgent = true
            pthread_cond_signal(work)
            if wait(progress, until: deadline) { return false }
        }
        return true
    }

    /// Lets the writing thread end once it has written what waits; lines that come later are dropped.
    func close() {
        pthread_mutex_lock(lock)
        isClosed = true
        pthread_mutex_unlock(lock)
        pthread_cond_signal(work)
    }

    /// Waits for the writing thread's end.
    func waitForEnd(within limit: Duration) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        let deadline = Self.instant(after: limit)
        while !hasEnded {
            if wait(progress, until: deadline) { return hasEnded }
        }
        return true
    }

    // MARK: The writing thread

    /// Takes all lines, having waited for one; nil once the queue is closed and empty.
    /// - Parameter buffer: memory to be used again, empty.
    func take(reusing buffer: [UInt8]) -> Batch? {
        var batch = Batch(lines: buffer)
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while pending.isEmpty && dropped == 0 {
            if isClosed { return nil }
            isIdle = true
            pthread_cond_wait(work, lock)
        }
        isIdle = false
        swap(&batch.lines, &pending)
        swap(&batch.dropped, &dropped)
        bytesBeingWritten = batch.lines.count
        taken = appended
        return batch
    }

    /// Says that the batch taken last is done with.
    func settle() {
        pthread_mutex_lock(lock)
        settled = taken
        bytesBeingWritten = 0
        pthread_cond_broadcast(progress)
        pthread_mutex_unlock(lock)
    }

    /// Waits a little for more lines to come, so that a busy service writes hundreds at once; returns at once if
    /// someone waits for them.
    func linger(for limit: Duration) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        let deadline = Self.instant(after: limit)
        isLingering = true
        while isLingering && !isClosed && !isUrgent && pending.count < Self.eagerSize {
            if wait(work, until: deadline) { break }
        }
        isLingering = false
        isUrgent = false
    }

    /// Waits before another try at a file that cannot be written to.
    /// - Returns: whether there may be another try: false once the queue is closed.
    func pause(for limit: Duration) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        let deadline = Self.instant(after: limit)
        while !isClosed {
            if wait(work, until: deadline) { return true }
        }
        return false
    }

    func end() {
        pthread_mutex_lock(lock)
        isClosed = true
        hasEnded = true
        settled = appended
        pending = []
        pthread_cond_broadcast(progress)
        pthread_mutex_unlock(lock)
    }

    // MARK: Waiting

    /// - Returns: whether the deadline came.
    private func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>, until deadline: timespec) -> Bool {
        var deadline = deadline
        return pthread_cond_timedwait(condition, lock, &deadline) == ETIMEDOUT
    }

    private static func instant(after limit: Duration) -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let (seconds, attoseconds) = max(limit, .zero).components
        let nanoseconds = now.tv_nsec + Int(attoseconds / 1_000_000_000)
        // A year is as good as for ever, and cannot overflow.
        now.tv_sec += Int(min(seconds, 31_536_000)) + nanoseconds / 1_000_000_000
        now.tv_nsec = nanoseconds % 1_000_000_000
        return now
    }
}
