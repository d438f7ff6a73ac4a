import Kernel

/// Spans of time in words, for people who want to know at a glance.
enum Age {
    /// The two largest units: `12s`, `3m 2s`, `2h 5m`.
    static func words(seconds: Int64) -> String {
        TimeSpan.text(from: Timestamp(microseconds: 0), to: Timestamp(microseconds: seconds * 1_000_000))
    }

    /// Between two instants as the service writes them; nil if one of them is none.
    static func between(_ start: String?, and end: String?) -> String? {
        guard let start = start.flatMap({ Timestamp($0) }), let end = end.flatMap({ Timestamp($0) }) else { return nil }
        return TimeSpan.text(from: start, to: end)
    }

    /// `just now`, `3m ago`; nil for what is no instant.
    static func ago(_ instant: String, now: Timestamp = .now) -> String? {
        guard let at = Timestamp(instant) else { return nil }
        if now.microseconds - at.microseconds < 10_000_000 { return "just now" }
        return TimeSpan.text(from: at, to: now, isShort: true) + " ago"
    }

    /// `2026-11-30 19:02:43 UTC` for an instant as the service writes it.
    static func exact(_ instant: String) -> String {
        guard let at = Timestamp(instant) else { return instant }
        let text = at.text(fractionDigits: 3)
        return text.prefix(10) + " " + text.dropFirst(11).prefix(8) + " UTC"
    }
}
