/// What one event loop has answered: how many requests by route, method and class of status, and how long they took by
/// route. Only its loop writes, so that counting is some plain loads and stores.
///
/// Labels come from the table of routes and from `Method`, so that no request can make a new one.
// @unchecked Sendable: the cells are atomic, and stay until the end.
final class RequestTally: @unchecked Sendable {
    /// How many routes there are; behind them comes the row of the requests that no route answered.
    let routes: Int
    private let cells: UnsafeMutablePointer<LoopCounter>

    /// Those that have series of their own; all others are `other`.
    static let methods: [Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .other]
    /// What a request can have come to: 1xx to 5xx, and that its client had gone.
    static let classNames = ["1xx", "2xx", "3xx", "4xx", "5xx", "499"]
    private static let classes = 6
    private static let serverError = 4
    private static let gone = 5
    private static let bounds = Histogram.latencyBounds
    private static let counted = methods.count * classes
    private static let columns = counted + bounds.count + 2

    init(routes: Int) {
        self.routes = routes
        let count = (routes + 1) * Self.columns
        cells = .allocate(capacity: count)
        for index in 0..<count { (cells + index).initialize(to: LoopCounter()) }
    }

    deinit {
        cells.deinitialize(count: (routes + 1) * Self.columns)
        cells.deallocate()
    }

    @inline(__always)
    func count(_ record: borrowing AccessRecord) {
        // A server that was not told of the routes counts them as one.
        let row = cells + min(record.route ?? routes, routes) &* Self.columns
        let outcome =
            switch record.ending {
            case .complete: Int(record.status.rawValue) / 100 &- 1
            case .brokenOff: Self.serverError
            case .clientGone: Self.gone
            }
        row[Self.column(record.method, class: outcome)].add(1)
        // How long somebody waited who has gone says nothing of how long a request takes.
        if outcome == Self.gone { return }
        let time = Int(truncatingIfNeeded: record.nanosecondsToHead ?? record.nanoseconds)
        row[Self.counted &+ Histogram.bucket(of: time, Self.bounds)].add(1)
        row[Self.columns &- 1].add(time)
    }

    /// - Parameters:
    ///   - route: an index of the routes, or their number for the requests that none answered.
    ///   - status: an index of `classNames`.
    func requests(route: Int, _ method: Method, class status: Int) -> Int {
        cells[route * Self.columns + Self.column(method, class: status)].value
    }

    func times(route: Int) -> Histogram.Counts {
        let row = cells + route * Self.columns
        return Histogram.Counts(
            buckets: (0...Self.bounds.count).map { row[Self.counted + $0].value }, sum: row[Self.columns - 1].value)
    }

    @inline(__always)
    private static func column(_ method: Method, class status: Int) -> Int {
        let index =
            switch method {
            case .get: 0
            case .head: 1
            case .post: 2
            case .put: 3
            case .delete: 4
            case .patch: 5
            case .options: 6
            case .trace: 7
            default: 8
            }
        return index &* classes &+ status
    }
}
