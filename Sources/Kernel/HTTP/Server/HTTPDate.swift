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

    static func format(secondsSince1970 seconds: Int64) -> [UInt8] {
        let (days, second) = seconds.flooredQuotientAndRemainder(by: 86_400)
        let date = CivilDate(daysSinceEpoch: days)
        let weekday = weekdays[Int((days + 4).flooredQuotientAndRemainder(by: 7).remainder)]
        let day = "\(weekday), \(padded(date.day)) \(months[Int(date.month - 1)]) \(date.year)"
        return Array("\(day) \(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60)) GMT".utf8)
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
