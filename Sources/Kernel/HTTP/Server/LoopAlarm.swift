import CLinux
import Glibc

/// Wakes an event loop for its next deadline. A timer of its own is set again only when a deadline comes earlier than
/// the one it is set for, whereas a timeout given to epoll_wait(2) starts and cancels one each time the loop sleeps,
/// which costs more than a tenth of a small request.
struct LoopAlarm: ~Copyable {
    /// Becomes readable at the time set; watched edge-triggered, so that nobody has to read it (timerfd_create(2)).
    let descriptor = clinux_timer()
    /// Milliseconds.
    private var time = Int64.max

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Has the alarm go off at `wanted` or earlier.
    @inline(__always)
    mutating func set(noLaterThan wanted: Int64) {
        if wanted < time { set(wanted) }
    }

    /// To be called when it went off.
    mutating func wentOff() { time = .max }

    private mutating func set(_ wanted: Int64) {
        time = wanted
        clinux_set_timer(descriptor, wanted + Self.coarseClockLag)
    }

    /// By how many milliseconds the loops' clock may be behind: an alarm before its time would find nothing due.
    private static let coarseClockLag: Int64 = 10
}
