/// Makes the line of an entry for people: when, how grave, what, and in brackets who says so of which request.
struct LogTextLine: Sendable {
    /// Whether to colour it for a terminal (ECMA-48 SGR).
    let isColoured: Bool

    /// Replaces the buffer of `scratch` by the line, its newline included.
    func write(_ entry: LogEntry, into scratch: LogScratch) {
        var bytes: [UInt8] = []
        swap(&bytes, &scratch.bytes)
        bytes.removeAll(keepingCapacity: true)
        paint(.dim, into: &bytes) { scratch.timestamp.write(into: &$0) }
        bytes.append(UInt8(ascii: " "))
        paint(Colour(of: entry.level), into: &bytes) {
            $0 += entry.level.name.utf8
            for _ in entry.level.name.utf8.count..<8 { $0.append(UInt8(ascii: " ")) }
        }
        bytes.append(UInt8(ascii: " "))
        LogText.writePlain(Self.message(of: entry), into: &bytes)
        bytes.append(UInt8(ascii: " "))
        paint(.dim, into: &bytes) { LogText.writePlain(Self.context(of: entry), into: &$0) }
        bytes.append(UInt8(ascii: "\n"))
        swap(&bytes, &scratch.bytes)
    }

    private static func message(of entry: LogEntry) -> String {
        let detail = entry.detail.map { ": \($0)" } ?? ""
        guard let access = entry.access else { return entry.message + detail }
        let milliseconds = Double(access.microseconds / 10) / 100
        // That it was responded goes without saying, but not to whom.
        let message =
            entry.message.hasPrefix(LogEntry.AccessFields.responded)
            ? entry.message.dropFirst(LogEntry.AccessFields.responded.count) : ": \(entry.message)"
        return "\(access.methodName) \(access.url) \(access.status.code) in \(milliseconds) ms\(message)\(detail)"
    }

    private static func context(of entry: LogEntry) -> String {
        let parts = [entry.logger, entry.client?.description, entry.requestID?.description]
        return "[\(parts.compactMap(\.self).joined(separator: " "))]"
    }

    private func paint(_ colour: Colour, into bytes: inout [UInt8], _ body: (inout [UInt8]) -> Void) {
        guard isColoured else { return body(&bytes) }
        bytes += "\u{1b}[\(colour.rawValue)m".utf8
        body(&bytes)
        bytes += "\u{1b}[0m".utf8
    }

    private enum Colour: String {
        case dim = "2"
        case green = "32"
        case yellow = "33"
        case red = "31"
        case boldRed = "1;31"

        init(of level: LogLevel) {
            self =
                switch level {
                case .debug: .dim
                case .info: .green
                case .warning: .yellow
                case .error: .red
                case .critical: .boldRed
                }
        }
    }
}

/// What the lines of a log look like.
public enum LogForm: Sendable {
    /// The 18 keys of schema `v3`.
    case json
    /// For people; coloured for a terminal.
    case text(isColoured: Bool)
}
