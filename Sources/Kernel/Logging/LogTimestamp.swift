import CLinux
import Glibc

/// `2026-03-01T12:34:56.789Z`, the calendar part of which is computed once a second.
struct LogTimestamp {
    private var second = Int.min
    private var calendar: [UInt8] = []

    /// Appends the present instant.
    mutating func write(into bytes: inout [UInt8]) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        write(seconds: now.tv_sec, milliseconds: now.tv_nsec / 1_000_000, into: &bytes)
    }

    /// Appends the instant that many seconds and milliseconds after 1970 began in UTC.
    mutating func write(seconds: Int, milliseconds: Int, into bytes: inout [UInt8]) {
        if seconds != second {
            second = seconds
            calendar = Self.calendar(seconds)
        }
        bytes.append(contentsOf: calendar)
        Self.append(milliseconds, digits: 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func calendar(_ seconds: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var seconds = time_t(seconds)
        var date = tm()
        gmtime_r(&seconds, &date)
        append(Int(date.tm_year) + 1900, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(Int(date.tm_mon) + 1, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(Int(date.tm_mday), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(Int(date.tm_hour), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(Int(date.tm_min), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(Int(date.tm_sec), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        return bytes
    }

    private static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(truncatingIfNeeded: 48 + value / divisor % 10))
            divisor /= 10
        }
    }
}
