import Synchronization

/// The metrics of a service: declared while it is put together, and read when somebody scrapes `GET /metrics`.
///
/// What happens is counted where it happens, in a `Counter` or `Histogram`, each of which is one series; what is at
/// one moment is read by a closure during the scrape. Closures run on a thread of their own, one after the other, and
/// must not wait; what has to wait for the storage is a `reading`.
public final class Metrics: Sendable {
    private struct State {
        var families: [String: MetricFamily] = [:]
        var sources: [@Sendable (inout Exposition) -> Void] = []
        var readings: [SharedReading] = []
        var problems: [String] = []
    }

    private let state = Mutex(State())
    private let log: Logger

    private let prefix: String

    /// - Parameter prefix: what exported names begin with, `our_service_`.
    init(prefix: String, log: Logger) {
        self.prefix = prefix
        self.log = log
    }

    /// Adds a series that counts.
    public func counter(_ family: MetricFamily, _ labels: MetricLabels = [:]) -> Counter {
        let counter = Counter()
        add(counter, as: family, labels)
        return counter
    }

    public func add(_ counter: Counter, as family: MetricFamily, _ labels: MetricLabels = [:]) {
        add([family]) { $0.add(MetricSample(family, labels, counter.value)) }
    }

    /// Adds a series of a histogram, which is told of observations by whoever has it.
    public func add(_ histogram: Histogram, as family: MetricFamily, _ labels: MetricLabels = [:]) {
        add([family]) { $0.add(family, labels, histogram) }
    }

    /// Adds a series that is read; not there while `read` gives nil.
    public func gauge(_ family: MetricFamily, _ labels: MetricLabels = [:], _ read: @escaping @Sendable () -> Double?) {
        add([family]) { exposition in
            if let value = read() { exposition.add(MetricSample(family, labels, value)) }
        }
    }

    /// Adds series of one or several families that are read together.
    public func collect(_ families: [MetricFamily], _ read: @escaping @Sendable () -> [MetricSample]) {
        add(families) { exposition in
            for sample in read() { exposition.add(sample) }
        }
    }

    /// Adds series that take time to read, such as from the storage. Scrapes share one reading, for a second, or for ten
    /// times as long as it took but no longer than 15 s; while it fails or is late they show the last one, whose age is
    /// a metric of its own, and the scrape error counter says so.
    /// - Parameters:
    ///   - name: the label `reading` of the metrics about the scrape.
    ///   - families: what its samples may belong to.
    ///   - read: runs on a thread that is its own and other readings'; it may block that for milliseconds.
    public func reading(
        _ name: String, _ families: [MetricFamily], _ read: @escaping @Sendable () async throws -> [MetricSample]
    ) {
        let reading = SharedReading(name, log: log, read)
        add(families + SharedReading.families) { exposition in
            for sample in reading.ownSamples { exposition.add(sample) }
        }
        state.withLock { $0.readings.append(reading) }
    }

    func add(_ families: [MetricFamily], _ source: @escaping @Sendable (inout Exposition) -> Void) {
        state.withLock { state in
            for family in families {
                let known = state.families.updateValue(family, forKey: family.name)
                if let known, known != family {
                    state.problems.append("the metric '\(family.name)' is declared in two ways")
                } else if !family.isNameValid {
                    state.problems.append("'\(family.name)' is no name for a metric")
                } else if family.name.hasPrefix(prefix) {
                    state.problems.append(
                        "the metric '\(family.name)' begins with the product's name, which is put before it")
                }
            }
            state.sources.append(source)
        }
    }

    /// What is wrong with the declarations.
    var problems: [String] { state.withLock { $0.problems } }
}

extension Metrics {
    /// Reads everything. What the storage has to be asked for is waited for only for a moment.
    func scrape() async -> [UInt8] {
        await withTaskExecutorPreference(ThreadExecutor.metrics) {
            let (readings, sources) = state.withLock { ($0.readings, $0.sources) }
            let samples = await withTaskGroup(of: (Int, [MetricSample]).self) { group in
                for (index, reading) in readings.enumerated() {
                    group.addTask { (index, await reading.samples()) }
                }
                return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.flatMap(\.1)
            }
            var exposition = Exposition(prefix: prefix)
            for sample in samples { exposition.add(sample) }
            for source in sources { source(&exposition) }
            return exposition.text
        }
    }
}
