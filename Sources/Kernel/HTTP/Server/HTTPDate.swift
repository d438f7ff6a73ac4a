import CLinux
import Glibc

/// The `Date` header's value (IMF-fixdate, RFC 9110 section 5.6.7), formatted anew a few times a second at most.
struct HTTPDate {
    /// The 29 bytes, such as `Tue, 24 Nov 2026 07:13:52 GMT`.
    private(set) var bytes: [UInt8] = []
    private var validUntil: Int64 = .min

    /// - Parameter now: the event loop's clock, in milliseconds.
    @inline(__always)
    mutating func refresh(at now: Int64) {
        if now >= validUntil {
            validUntil = now + 250
            bytes = Self.format(secondsSince1970: Int64(time(nil)))
        }
    }

    /// Days are counted by Howard Hinnant's `civil_from_days`.
    static func format(secondsSince1970 seconds: Int64) -> [UInt8] {
        let days = seconds / 86_400
        let second = seconds % 86_400
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let weekday = weekdays[Int((days + 4) % 7)]
        let date = "\(weekday), \(padded(day)) \(months[Int(month - 1)]) \(year)"
        let clock = "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
        return Array("\(date) \(clock) GMT".utf8)
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
