import CLinux
import Glibc

/// A value behind a lock that a thread can wait on for changes (pthread_mutex, pthread_cond). `update` holds the lock
/// no longer than its closure runs, so event loops may call it; `wait` is for threads that may block.
// @unchecked Sendable: the value is only reached with the mutex held.
public final class Monitor<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Changes the value, and wakes a thread that waits.
    public func update<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        defer { pthread_cond_signal(changed) }
        return try body(&value)
    }

    /// Reads the value.
    public func read<R>(_ body: (Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(value)
    }

    /// Blocks until `body` gives something. It is called with the lock held, now, after every change, and at the
    /// instant that it asked for.
    public func wait<R>(_ body: (inout Value) -> Waiting<R>) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch body(&value) {
            case .done(let result):
                return result
            case .until(nil):
                pthread_cond_wait(changed, mutex)
            case .until(let instant?):
                var time = Self.time(of: instant)
                pthread_cond_timedwait(changed, mutex, &time)
            }
        }
    }

    public enum Waiting<R> {
        case done(R)
        /// Look again after the next change, or at this instant.
        case until(ContinuousClock.Instant?)
    }

    /// The instant on the clock that pthread_cond_timedwait goes by.
    private static func time(of instant: ContinuousClock.Instant) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let milliseconds = max(0, (instant - .now).milliseconds)
        let nanoseconds = Int64(time.tv_nsec) + milliseconds % 1000 * 1_000_000
        time.tv_sec += Int(milliseconds / 1000 + nanoseconds / 1_000_000_000)
        time.tv_nsec = Int(nanoseconds % 1_000_000_000)
        return time
    }
}
