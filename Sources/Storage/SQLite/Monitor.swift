import Glibc

/// A value behind a lock that threads can wait on for changes (pthread_mutex, pthread_cond). For the writer thread
/// alone: what runs on event loops uses `Mutex` and never waits.
// @unchecked Sendable: the value is only reached with the mutex held.
final class Monitor<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(_ value: Value) {
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

    /// Changes the value, and wakes the thread that waits.
    func update<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        defer { pthread_cond_signal(changed) }
        return try body(&value)
    }

    /// Waits until `body` gives something. It is called with the lock held, now and after every change.
    /// - Parameter deadline: the instant (seconds on the monotonic clock) at which it is called once more in any case.
    func wait<R>(_ body: (inout Value) -> Waiting<R>) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch body(&value) {
            case .done(let result):
                return result
            case .until(nil):
                pthread_cond_wait(changed, mutex)
            case .until(let deadline?):
                var time = deadline.asTimespec
                pthread_cond_timedwait(changed, mutex, &time)
            }
        }
    }

    enum Waiting<R> {
        case done(R)
        /// Look again after the next change, or at this instant.
        case until(Instant?)
    }
}

/// An instant on the monotonic clock of the system, in nanoseconds.
struct Instant: Sendable, Comparable {
    let nanoseconds: Int64

    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    var asTimespec: timespec {
        timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }

    static func + (instant: Instant, span: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + span.milliseconds * 1_000_000)
    }

    static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
}
