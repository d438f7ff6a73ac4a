import CLinux
import Glibc

/// An instant in UTC with microseconds, as this service writes it: `2026-11-24T07:00:00.000000Z` (RFC 3339), which has
/// room for the years 0 to 9999.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// - Parameter microseconds: since 1970-01-01T00:00:00Z; what lies beyond the years 0 to 9999 is taken for their
    ///   first or last instant.
    public init(microseconds: Int64) {
        self.microseconds = min(max(microseconds, Self.range.lowerBound), Self.range.upperBound)
    }

    /// From 0000-01-01T00:00:00.000000Z to 9999-12-31T23:59:59.999999Z.
    static let range: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

    /// The present instant by the system's clock.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

    /// The instant that lies so long before.
    public static func - (a: Timestamp, b: Duration) -> Timestamp {
        Timestamp(microseconds: a.microseconds - Int64(b / .microseconds(1)))
    }

    public var description: String { text(fractionDigits: 6) }

    /// The text with that many digits of the second's fraction (3 or 6).
    public func text(fractionDigits: Int) -> String {
        let (days, ofDay) = microseconds.flooredQuotientAndRemainder(by: 86_400_000_000)
        let date = CivilDate(daysSinceEpoch: days)
        let seconds = ofDay / 1_000_000
        let fraction = fractionDigits == 3 ? ofDay % 1_000_000 / 1000 : ofDay % 1_000_000
        return String(unsafeUninitializedCapacity: 27) { buffer in
            var count = 0
            func put(_ byte: Character) {
                buffer[count] = byte.asciiValue ?? 0
                count += 1
            }
            func put(_ value: Int64, digits: Int) {
                var rest = value
                for index in stride(from: count + digits - 1, through: count, by: -1) {
                    buffer[index] = UInt8(48 + rest % 10)
                    rest /= 10
                }
                count += digits
            }
            put(date.year, digits: 4)
            put("-")
            put(date.month, digits: 2)
            put("-")
            put(date.day, digits: 2)
            put("T")
            put(seconds / 3600, digits: 2)
            put(":")
            put(seconds / 60 % 60, digits: 2)
            put(":")
            put(seconds % 60, digits: 2)
            put(".")
            put(fraction, digits: fractionDigits)
            put("Z")
            return count
        }
    }
}
