extension Duration {
    /// Whole milliseconds, rounded up: whoever waits that long has not waited less. Beyond all sense it is very long.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < .max / 2000 else { return .max / 2 }
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
