import Kernel

/// A job's log: its bound, and which lines have a right to room in it.
///
/// Ordinary lines fit up to `modules.jobs.maximumLog`. What tells of changes of the status fits beyond that, in a
/// reserve for some thousands of them, so that a client that changes the status for ever meets an end, too. The last
/// words of a job come once, and always fit.
enum JobLog {
    static let defaultMaximum = 1 << 20
    static let leastMaximum = 64 << 10
    private static let reserve = 256 << 10
    /// How many bytes of the text that comes with the end always fit.
    private static let lastWords = 64 << 10

    static func growing(maximum: Int) -> GrowingArray {
        GrowingArray(
            .log, maximum: maximum, reserve: reserve,
            marker: GrowingArray.Marker(in: "message", prefix: "… ", suffix: " lines left out: the log is full"))
    }

    /// A line that tells of a change.
    static func note(_ text: String, at: JSON, isLast: Bool) -> Growth {
        Growth(line(text, at), isLast ? .always : .reserve)
    }

    /// A line with the client's text.
    static func text(_ text: String, at: JSON, isLast: Bool) -> Growth {
        guard isLast else { return Growth(line(text, at)) }
        guard text.utf8.count > lastWords else { return Growth(line(text, at), .always) }
        return Growth(line(text, at), otherwise: line(text.beginning(ofBytes: lastWords), at))
    }

    private static func line(_ text: String, _ at: JSON) -> JSON {
        ["at": at, "message": .string(text)]
    }
}

extension String {
    /// The beginning of the text, at most that many bytes of UTF-8 and no character cut.
    fileprivate func beginning(ofBytes count: Int) -> String {
        guard var end = utf8.index(startIndex, offsetBy: count, limitedBy: endIndex) else { return self }
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
