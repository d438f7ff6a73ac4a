/// What a metric is: one name under which any number of series are exported, told apart by their labels.
///
/// Names follow Prometheus: the unit stands at the end (`_seconds`, `_bytes`), counters end in `_total`. What is exported
/// has the product's name before it: `notes_removed_total` of our-service is `our_service_notes_removed_total`.
public struct MetricFamily: Sendable, Hashable {
    public enum Kind: String, Sendable {
        /// Only grows, from 0 at the start of the process.
        case counter
        case gauge
        case histogram
    }

    public let kind: Kind
    public let name: String
    /// What is counted or measured, in one sentence.
    public let help: String
    /// Whether the name is exported as it is, since programs of every kind have it: `process_open_fds`.
    let isStandard: Bool

    public init(_ kind: Kind, _ name: String, _ help: String) {
        self.init(kind, name, help, isStandard: false)
    }

    init(standard kind: Kind, _ name: String, _ help: String) {
        self.init(kind, name, help, isStandard: true)
    }

    private init(_ kind: Kind, _ name: String, _ help: String, isStandard: Bool) {
        self.kind = kind
        self.name = name
        self.help = help
        self.isStandard = isStandard
    }

    /// Whether the name is one that Prometheus takes: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    var isNameValid: Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
    }
}

/// The labels of one series, in the order in which they are written. Their values must come from a small, fixed set:
/// each new one is a series that Prometheus keeps.
public typealias MetricLabels = KeyValuePairs<String, String>

/// The value of one series of a counter or gauge, read for a scrape.
public struct MetricSample: Sendable {
    public let family: MetricFamily
    public let labels: MetricLabels
    public let value: Double

    public init(_ family: MetricFamily, _ labels: MetricLabels, _ value: Double) {
        self.family = family
        self.labels = labels
        self.value = value
    }

    public init(_ family: MetricFamily, _ labels: MetricLabels, _ value: Int) {
        self.init(family, labels, Double(value))
    }

    /// The value of the only series.
    public init(_ family: MetricFamily, _ value: Double) {
        self.init(family, [:], value)
    }

    public init(_ family: MetricFamily, _ value: Int) {
        self.init(family, [:], Double(value))
    }
}
