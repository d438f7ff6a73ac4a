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

/// A date of the proleptic Gregorian calendar, computed from a day number (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms").
struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    init(daysSinceEpoch: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let (era, dayOfEra) = shifted.flooredQuotientAndRemainder(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

extension Int64 {
    /// Quotient rounded towards negative infinity, and the remainder that belongs to it (never negative).
    func flooredQuotientAndRemainder(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
