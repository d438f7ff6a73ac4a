/// When each connection's present step must be over, in milliseconds by descriptor. One contiguous array, because
/// looking through 16,000 numbers takes microseconds; and it is looked through only when the earliest may be due,
/// at most about ten times a second.
final class DeadlineTable {
    private var deadlines: [Int64] = []
    /// No deadline is earlier; what was put off meanwhile may all be later.
    private var earliest = Int64.max
    private var notBefore = Int64.min

    static let none = Int64.max
    private static let interval: Int64 = 100

    /// When `due` should be asked again.
    var nextCheck: Int64 { earliest == .max ? .max : max(earliest, notBefore) }

    func makeRoom(for fd: Int32) {
        while deadlines.count <= Int(fd) { deadlines.append(Self.none) }
    }

    @inline(__always)
    func set(_ deadline: Int64, for fd: Int32) {
        deadlines[Int(fd)] = deadline
        if deadline < earliest { earliest = deadline }
    }

    /// Has `nextCheck` come no later than `time`, for what is not a connection's.
    func wake(at time: Int64) {
        if time < earliest { earliest = time }
    }

    /// The descriptors whose deadline has passed; it is then cleared.
    func due(at now: Int64) -> [Int32] {
        var due: [Int32] = []
        var earliest = Int64.max
        for index in deadlines.indices {
            let deadline = deadlines[index]
            if deadline <= now {
                due.append(Int32(truncatingIfNeeded: index))
                deadlines[index] = Self.none
            } else if deadline < earliest {
                earliest = deadline
            }
        }
        self.earliest = earliest
        notBefore = now + Self.interval
        return due
    }
}
