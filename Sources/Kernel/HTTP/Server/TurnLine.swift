import CLinux

/// The connections of a loop that have more to read than fits into one turn, in the order in which they go on.
struct TurnLine {
    private var waiting: [Connection] = []
    private var first = 0

    var count: Int { waiting.count - first }
    var isEmpty: Bool { first == waiting.count }

    mutating func append(_ connection: Connection) { waiting.append(connection) }

    mutating func popFirst() -> Connection? {
        guard !isEmpty else { return nil }
        defer {
            first += 1
            if first >= 64, first * 2 >= waiting.count || isEmpty {
                waiting.removeFirst(first)
                first = 0
            }
        }
        return waiting[first]
    }
}

extension Connection {
    /// Goes on in the loop's next turn, after the events of the other connections.
    func waitForTurn() {
        isWaitingForTurn = true
        loop.line.append(self)
    }

    fileprivate func takeTurn() {
        isWaitingForTurn = false
        goOn()
    }

    @inline(__always)
    func beginTurn() { loop.turn.begin(after: exchangeNumber, waiting: loop.line.count, crowd: loop.crowd) }
}

extension EventLoop {
    /// How long the connections in the line may take before the loop looks for news again.
    private static let turnsNanoseconds: Int64 = 4_000_000

    /// Gives the connections in the line their turns, each one at most and all together for some milliseconds: a client
    /// that comes with one small request need not wait until all the greedy ones have been round.
    func runTurns() {
        guard !line.isEmpty else { return }
        let end = clinux_nanoseconds() + Self.turnsNanoseconds
        for _ in 0..<line.count {
            line.popFirst()?.takeTurn()
            if clinux_nanoseconds() >= end { break }
        }
    }
}
