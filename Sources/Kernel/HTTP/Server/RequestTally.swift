/// What one event loop has answered: how many requests by route, method and class of status, and how long they took by
/// route. Only its loop writes, so that counting is some plain loads and stores.
///
/// Labels come from the table of routes and from `Method`, so that no request can make a new one.
// @unchecked Sendable: the cells are atomic, and stay until the end.
final class RequestTally: @unchecked Sendable {
    /// How many routes there are; behind them comes the row of the requests that no route answered.
    let routes: Int
    private let cells: UnsafeMutablePointer<LoopCounter>

    static let methods: [Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .other]
    /// 1xx to 5xx.
    static let classes = 5
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
        row[Self.column(record.method, class: Int(record.status.rawValue) / 100 &- 1)].add(1)
        let time = Int(truncatingIfNeeded: record.nanoseconds)
        row[Self.counted &+ Histogram.bucket(of: time, Self.bounds)].add(1)
        row[Self.columns &- 1].add(time)
    }

    /// - Parameters:
    ///   - route: an index of the routes, or their number for the requests that none answered.
    ///   - status: 0 for 1xx to 4 for 5xx.
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
            case .other: 8
            }
        return index &* classes &+ status
    }
}
