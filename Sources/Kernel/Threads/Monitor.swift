import CLinux
import Glibc

/// A value behind a lock that threads can wait on for changes (pthread_mutex, pthread_cond). For the threads of
/// storage drivers alone: what runs on event loops uses `Mutex` and never waits.
// @unchecked Sendable: the value is only reached with the mutex held.
package final class Monitor<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(_ value: Value) {
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
    package func update<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        defer { pthread_cond_signal(changed) }
        return try body(&value)
    }

    /// Waits until `body` gives something. It is called with the lock held, now and after every change.
    /// - Parameter deadline: the instant (seconds on the monotonic clock) at which it is called once more in any case.
    package func wait<R>(_ body: (inout Value) -> Waiting<R>) -> R {
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

    package enum Waiting<R> {
        case done(R)
        /// Look again after the next change, or at this instant.
        case until(Instant?)
    }
}
