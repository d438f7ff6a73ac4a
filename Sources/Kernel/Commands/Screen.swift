import Glibc

/// The terminal that stdout is, with its size in letters.
public struct Screen: Sendable {
    public let columns: Int
    public let rows: Int
    /// Whether its cursor can be moved, which dumb terminals cannot do.
    public let canRedraw: Bool

    /// nil if stdout is no terminal. It is asked anew each time, since people change the size of their windows.
    public static var current: Screen? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
        return Screen(
            columns: isKnown && size.ws_col > 0 ? Int(size.ws_col) : number("COLUMNS") ?? 80,
            rows: isKnown && size.ws_row > 0 ? Int(size.ws_row) : number("LINES") ?? 24,
            canRedraw: !["", "dumb"].contains(Self.variable("TERM") ?? ""))
    }

    /// Shows the lines instead of what the screen shows, without a flicker (ECMA-48 CUP, EL, ED).
    /// - Parameter lines: no wider than the screen; those that do not fit below each other are left out.
    public func redraw(_ lines: [String]) {
        let shown = lines.prefix(max(1, rows - 1))
        guard canRedraw else { return Terminal.print(shown.joined(separator: "\n") + "\n") }
        Terminal.print("\u{1b}[H" + shown.map { $0 + "\u{1b}[K" }.joined(separator: "\n") + "\u{1b}[J")
    }

    private static func number(_ name: String) -> Int? {
        variable(name).flatMap(Int.init).flatMap { (1...10_000).contains($0) ? $0 : nil }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
