import CLinux
import Synchronization

/// Counts observations by size. May be told of them from any thread, without a lock: threads write to places apart,
/// which only a scrape adds up.
// @unchecked Sendable: the cells are atomic, and stay until the end.
public final class Histogram: @unchecked Sendable {
    /// How many observations there were in each bucket, the last of which has no bound, and what they add up to.
    public struct Counts: Sendable, Hashable {
        public let buckets: [Int]
        public let sum: Int
    }

    /// The upper bounds of the buckets, included, in the unit of what is observed.
    let bounds: [Int]
    /// How many of those units are one unit of the exported metric.
    let scale: Double

    private static let stripes = 8
    private let stride: Int
    private let cells: UnsafeMutablePointer<Atomic<Int>>

    /// - Parameters:
    ///   - bounds: rising.
    ///   - scale: 1e9 where nanoseconds are observed and seconds exported.
    public init(bounds: [Int], scale: Double = 1) {
        self.bounds = bounds
        self.scale = scale
        // Whole cache lines, two of which processors fetch together.
        stride = (bounds.count + 2 + 15) / 16 * 16
        cells = .allocate(capacity: stride * Self.stripes)
        for index in 0..<stride * Self.stripes { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: stride * Self.stripes)
        cells.deallocate()
    }

    /// For times in nanoseconds, from 50 µs to 10 s.
    public static func latencies() -> Histogram { Histogram(bounds: latencyBounds, scale: 1e9) }

    static let latencyBounds = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 10_000_000_000,
    ]

    public func observe(_ value: Int) {
        let row = cells + Int(clinux_thread_number()) % Self.stripes * stride
        row[Self.bucket(of: value, bounds)].wrappingAdd(1, ordering: .relaxed)
        row[bounds.count + 1].wrappingAdd(value, ordering: .relaxed)
    }

    /// For histograms of nanoseconds.
    public func observe(_ duration: Duration) {
        observe(Int(duration / .nanoseconds(1)))
    }

    /// Observes how long it has taken since an instant of the monotonic clock.
    public func observe(nanosecondsSince start: Int64) {
        observe(Int(max(0, clinux_nanoseconds() - start)))
    }

    public var counts: Counts {
        func total(_ column: Int) -> Int {
            (0..<Self.stripes).reduce(0) { $0 &+ cells[$1 * stride + column].load(ordering: .relaxed) }
        }
        return Counts(buckets: (0...bounds.count).map(total), sum: total(bounds.count + 1))
    }

    /// From the smallest up: most observations are small.
    @inline(__always)
    static func bucket(of value: Int, _ bounds: [Int]) -> Int {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        return index
    }
}
