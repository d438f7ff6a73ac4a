import CLinux
import Glibc

/// `2026-03-01T12:34:56.789Z`, the calendar part of which is computed once a second.
struct LogTimestamp {
    /// What four digits of a year can tell: a clock that is beyond it is shown as standing at its end.
    private static let seconds = -62_167_219_200...253_402_300_799

    private var second = Int.min
    /// To the second, with the point behind it.
    private var calendar: [UInt8] = []

    /// Appends the present instant.
    mutating func write(into bytes: inout [UInt8]) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        write(seconds: now.tv_sec, milliseconds: now.tv_nsec / 1_000_000, into: &bytes)
    }

    /// Appends the instant that many seconds and milliseconds after 1970 began in UTC.
    mutating func write(seconds: Int, milliseconds: Int, into bytes: inout [UInt8]) {
        let seconds = min(max(seconds, Self.seconds.lowerBound), Self.seconds.upperBound)
        if seconds != second {
            second = seconds
            let instant = Timestamp(microseconds: Int64(seconds) * 1_000_000)
            calendar = Array(instant.text(fractionDigits: 3).utf8.dropLast(4))
        }
        bytes.append(contentsOf: calendar)
        for divisor in [100, 10, 1] { bytes.append(UInt8(truncatingIfNeeded: 48 + milliseconds / divisor % 10)) }
        bytes.append(UInt8(ascii: "Z"))
    }
}
