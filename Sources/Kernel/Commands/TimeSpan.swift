/// Spans of time for people.
public enum TimeSpan {
    private static let units: [(name: String, seconds: Int64)] = [
        ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// `3d 4h`, `5m 2s`, `7s`: the two largest units of it, or the largest one alone.
    /// - Parameters:
    ///   - from: its beginning.
    ///   - to: its end; a clock that was set back makes no negative span.
    ///   - isShort: whether one unit is enough.
    public static func text(from: Timestamp, to: Timestamp, isShort: Bool = false) -> String {
        let seconds = max(0, (to.microseconds - from.microseconds) / 1_000_000)
        guard let first = units.firstIndex(where: { seconds >= $0.seconds }) else { return "0s" }
        let large = "\(seconds / units[first].seconds)\(units[first].name)"
        guard !isShort, first + 1 < units.count else { return large }
        let rest = seconds % units[first].seconds / units[first + 1].seconds
        return rest == 0 ? large : "\(large) \(rest)\(units[first + 1].name)"
    }

    /// The microseconds of a whole number with one of the units s, m, h, d, w; nil for any other text.
    public static func microseconds(_ text: String) -> Int64? {
        let sizes: [Character: Int64] = ["w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1]
        let digits = text.utf8.dropLast()
        guard let size = text.last.flatMap({ sizes[$0] }), (1...6).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text.dropLast())
        else { return nil }
        return number * size * 1_000_000
    }

    /// The instant that is so long ago (`2h`), a day's beginning in UTC (`2026-01-31`), or an instant with an offset (RFC 3339).
    /// - Parameters:
    ///   - text: any of these; nil comes back for any other.
    ///   - now: what a span goes back from.
    public static func instant(_ text: String, before now: Timestamp) -> Timestamp? {
        if let span = microseconds(text) { return Timestamp(microseconds: now.microseconds - span) }
        if text.utf8.count == 10 { return Timestamp(text + "T00:00:00Z") }
        guard let last = text.utf8.last, last | 0x20 == UInt8(ascii: "z") || text.utf8.count >= 25 else { return nil }
        return Timestamp(text)
    }
}
