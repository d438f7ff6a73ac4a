import Glibc
import Kernel

/// An instant on the monotonic clock of the system, in nanoseconds, which an atomic can hold.
struct Instant: Sendable, Comparable {
    let nanoseconds: Int64

    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The same instant for `Monitor.wait`.
    var forWaiting: ContinuousClock.Instant {
        ContinuousClock.now + .nanoseconds(max(0, nanoseconds - Instant.now.nanoseconds))
    }

    static func + (instant: Instant, span: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + span.milliseconds * 1_000_000)
    }

    static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
}
