import CLinux

/// How much of its event loop one connection takes before the others have their turn: so many requests, so many bytes
/// and so long. The more connections there are that want a turn, the shorter each is, so that a healthy client waits
/// about the same for its own however many are greedy.
///
/// A loop has one of them, since only one connection at a time has its turn; a class, like the parser, because changing
/// a struct inside of a connection would cost a check for exclusive access each time.
final class Turn {
    private var lastRequest: UInt64 = 0
    /// How many bytes may still be read.
    private(set) var bytes = 0
    private var nanoseconds: Int64 = 0
    /// When the turn ends; not known before its second step, since a lone request should not cost a look at the clock.
    private var end: Int64?

    private static let requests = 4...64
    private static let bytes = 8 << 10...256 << 10
    private static let nanoseconds: ClosedRange<Int64> = 100_000...2_000_000

    /// Begins the turn of another connection.
    /// - Parameters:
    ///   - request: the number of the last request before the turn.
    ///   - waiting: how many connections wait to go on.
    ///   - crowd: how many there are besides that have something now.
    @inline(__always)
    func begin(after request: UInt64, waiting: Int, crowd: Int) {
        lastRequest = request &+ UInt64(max(Self.requests.lowerBound, Self.requests.upperBound / max(1, waiting)))
        let all = max(1, waiting + crowd)
        bytes = max(Self.bytes.lowerBound, Self.bytes.upperBound / all)
        nanoseconds = max(Self.nanoseconds.lowerBound, Self.nanoseconds.upperBound / Int64(all))
        end = nil
    }

    @inline(__always)
    func take(_ count: Int) { bytes -= count }

    /// Whether another request may be parsed.
    @inline(__always)
    func allows(afterRequest number: UInt64) -> Bool { number < lastRequest }

    /// Whether another step may be taken: a read, or the parsing of what was read before.
    func allowsStep(afterRequest number: UInt64) -> Bool {
        allows(afterRequest: number) && bytes > 0 && !isLate()
    }

    /// Whether the time is over.
    func isLate() -> Bool {
        let now = clinux_nanoseconds()
        guard let end else {
            end = now + nanoseconds
            return false
        }
        return now >= end
    }
}
